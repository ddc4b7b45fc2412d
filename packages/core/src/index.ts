export type { ByteHooks } from "./access.ts";
export { alignDown, alignUp, isAligned, isAlignment } from "./align.ts";
export { Allocator } from "./allocator.ts";
export { AllocError, invariant, type LayoutCode, LayoutError, type MisuseCode, MisuseError } from "./errors.ts";
export { type FiveFunctions, fromFiveFunctions, toFiveFunctions } from "./five-functions.ts";
export type { AllocatorParts, Lent } from "./forward.ts";
export { fromMalloc, type Malloc } from "./from-malloc.ts";
export {
  ancestorsOf,
  type Description,
  type Footprint,
  leavesOf,
  type Member,
  type SelfDescription,
} from "./graph.ts";
export { Layout, type StructLayout } from "./layout.ts";
export { Memory } from "./memory.ts";
export { move } from "./move.ts";
export { orThrow } from "./or-throw.ts";
export { type Pages, pages } from "./pages.ts";
export { type Can, can, type Power, type Powers, type PowersOf, withPowers } from "./powers.ts";
export { NULL, type Null, type Ptr } from "./ptr.ts";
export { defaultMemory } from "./realm.ts";
export { type Sized, sized } from "./sized.ts";
export type { ArrayType, ArrayView } from "./views.ts";
