export {
  type Built,
  type Chain,
  type ChainStart,
  chain,
  type NeedsOwns,
  type Steps,
} from "./chain.ts";
export { type NullAllocator, nullAllocator } from "./null.ts";
export { type Fallback, fallback } from "./pairs/fallback.ts";
export { type Segregate, segregate } from "./pairs/segregate.ts";
export { type FreeTree, freeTree } from "./regions/free-tree.ts";
export { type Bucketize, bucketize } from "./sets/bucketize.ts";
export { type Cascade, cascade } from "./sets/cascade.ts";
export type { MakeMember } from "./sets/members.ts";
export type { SizeOptions } from "./sets/sizes.ts";
export { type Affix, type Affixes, affix } from "./wrappers/affix.ts";
export { type Aligned, aligned } from "./wrappers/aligned.ts";
export { type Budget, type BudgetOptions, budget, type Limits } from "./wrappers/budget.ts";
export { type Limit, type LimitOptions, limit } from "./wrappers/limit.ts";
export { type Quantize, quantize } from "./wrappers/quantize.ts";
