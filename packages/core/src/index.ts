export { alignDown, alignUp, isAligned, isAlignment } from "./align.ts";
export { handleAllocError, setAllocErrorHook } from "./alloc-error.ts";
export { Allocator } from "./allocator.ts";
export type { ArrayBlock } from "./array-block.ts";
export { type BlockState, type BlockVisitor, type Occupancy, occupancy } from "./blocks.ts";
export type { ByteHooks, WebAssemblyMemory } from "./buffers.ts";
export { type Can, type Capabilities, type CapabilitiesOf, type Capability, can } from "./capabilities.ts";
export {
  AllocError,
  ArgumentError,
  type ErrorCode,
  type LayoutCode,
  LayoutError,
  type MisuseCode,
  MisuseError,
} from "./errors.ts";
export type { AllocatorParts, From, Lent } from "./forward.ts";
export { fromMalloc, type Malloc } from "./from-malloc.ts";
export type { Description, Footprint, Member, Outline, OutlineMember, SelfDescription } from "./graph.ts";
export { Layout, type StructLayout } from "./layout.ts";
export { Memory, type Range, type VirtualOptions } from "./memory.ts";
export { find, type NameOption } from "./names.ts";
export { orThrow } from "./or-throw.ts";
export { type Pages, pages } from "./pages.ts";
export { NULL, type Null, type Ptr } from "./ptr.ts";
export { defaultMemory } from "./realm.ts";
export type { Shared, SharedIn, SharedMemory } from "./shared.ts";
export type { Disposable } from "./symbols.ts";
export { type MallocFunctions, toMalloc } from "./to-malloc.ts";
export type { ArrayType, ArrayView, ElementOf } from "./views.ts";
