export { type Built, type Chain, type ChainStart, chain, type NeedsOwns, type Steps } from "./chain.ts";
export { type Fallback, fallback } from "./fallback.ts";
export { type Limit, limit } from "./limit.ts";
export { type NullAllocator, nullAllocator } from "./null.ts";
export { type Segregate, segregate } from "./segregate.ts";
