export { fromMalloc, type Malloc } from "./adapters/from-malloc.ts";
export { type MallocFunctions, toMalloc } from "./adapters/to-malloc.ts";
export { handleAllocError, setAllocErrorHook } from "./allocator/alloc-error.ts";
export { Allocator } from "./allocator/allocator.ts";
export type { ArrayBlock } from "./allocator/array-block.ts";
export { type BlockState, type BlockVisitor, type Occupancy, occupancy } from "./allocator/blocks.ts";
export { type Can, type Capabilities, type CapabilitiesOf, type Capability, can } from "./allocator/capabilities.ts";
export type { AllocatorParts, From, Lent } from "./allocator/forward.ts";
export { orThrow } from "./allocator/or-throw.ts";
export { alignDown, alignUp, isAligned, isAlignment } from "./base/align.ts";
export {
  AllocError,
  ArgumentError,
  type ErrorCode,
  type LayoutCode,
  LayoutError,
  type MisuseCode,
  MisuseError,
} from "./base/errors.ts";
export type { Disposable } from "./base/symbols.ts";
export type { Description, Footprint, Member, Outline, OutlineMember, SelfDescription } from "./chain/graph.ts";
export { find, type NameOption } from "./chain/names.ts";
export { defaultMemory } from "./chain/realm.ts";
export type { ByteHooks, WebAssemblyMemory } from "./memory/buffers.ts";
export { Memory } from "./memory/memory.ts";
export type { LinearOptions, Range, VirtualOptions } from "./memory/options.ts";
export type { Shared, SharedIn, SharedMemory } from "./memory/shared.ts";
export type { ArrayType, ArrayView, ElementOf } from "./memory/views.ts";
export { type Pages, pages } from "./pages/pages.ts";
export { Layout, type StructLayout } from "./values/layout.ts";
export { NULL, type Null, type Ptr } from "./values/ptr.ts";
