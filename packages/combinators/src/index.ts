export { type Affix, type Affixes, affix } from "./affix.ts";
export { type Aligned, aligned } from "./aligned.ts";
export { type Bucketize, bucketize } from "./bucketize.ts";
export { type Budget, type BudgetOptions, budget, type Limits } from "./budget.ts";
export { type Cascade, cascade } from "./cascade.ts";
export {
  type BuildOptions,
  type Built,
  type Chain,
  type ChainStart,
  chain,
  type NeedsOwns,
  type Steps,
} from "./chain.ts";
export { type Fallback, fallback } from "./fallback.ts";
export { type FreeTree, freeTree } from "./free-tree.ts";
export { type Limit, type LimitOptions, limit } from "./limit.ts";
export type { MakeMember } from "./members.ts";
export { type NullAllocator, nullAllocator } from "./null.ts";
export { type Quantize, quantize } from "./quantize.ts";
export { type Segregate, segregate } from "./segregate.ts";
export type { SizeOptions } from "./sizes.ts";
export { Handle } from "./specialize/handle.ts";
export { specialized } from "./specialize/specialize.ts";
