export { alignDown, alignUp, isAligned, isAlignment } from "./align.ts";
export { handleAllocError, setAllocErrorHook, takeAllocErrorHook } from "./alloc-error.ts";
export { Allocator } from "./allocator.ts";
export type { ArrayBlock } from "./array-block.ts";
export { attempt, rethrow } from "./attempt.ts";
export { type BlockState, type BlockVisitor, blocksOf, type Occupancy, occupancy } from "./blocks.ts";
export type { ByteHooks, WebAssemblyMemory } from "./buffers.ts";
export {
  type Can,
  type Capabilities,
  type CapabilitiesOf,
  type Capability,
  can,
  withCapabilities,
} from "./capabilities.ts";
export {
  AllocError,
  invariant,
  type LayoutCode,
  LayoutError,
  type MisuseCode,
  MisuseError,
  nullPointer,
  requireLayout,
  requireLayouts,
} from "./errors.ts";
export { type FiveFunctions, fromFiveFunctions, toFiveFunctions } from "./five-functions.ts";
export type { AllocatorParts, Lent } from "./forward.ts";
export { fromMalloc, type Malloc } from "./from-malloc.ts";
export {
  ancestorsOf,
  type Description,
  endsAsOne,
  type Footprint,
  leavesOf,
  type Member,
  type Outline,
  type OutlineMember,
  type SelfDescription,
} from "./graph.ts";
export { hide } from "./hide.ts";
export { uppersOf } from "./kin.ts";
export { Layout, type StructLayout } from "./layout.ts";
export { Memory, type Range, type VirtualOptions } from "./memory.ts";
export { move, undoing } from "./move.ts";
export { orThrow } from "./or-throw.ts";
export { type Pages, pages } from "./pages.ts";
export { NULL, type Null, type Ptr } from "./ptr.ts";
export { defaultMemory } from "./realm.ts";
export { giveChunk, Refusals } from "./refusals.ts";
export { resetAll } from "./reset-all.ts";
export { type Disposable, type DisposeKey, disposeKey, inspectKey } from "./symbols.ts";
export { type MallocFunctions, toMalloc } from "./to-malloc.ts";
export type { ArrayType, ArrayView, ElementOf } from "./views.ts";
