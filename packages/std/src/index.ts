/**
 * One door to all packages. What runs is exported by name: of a star over a package that a bundler does not look into, it would
 * keep everything.
 *
 * @module
 */
export type * from "@alloc/combinators";
export { chain, fallback, limit, nullAllocator, segregate } from "@alloc/combinators";
export type * from "@alloc/core";
export {
  Allocator,
  AllocError,
  alignDown,
  alignUp,
  ancestorsOf,
  can,
  defaultMemory,
  fromFiveFunctions,
  fromMalloc,
  invariant,
  isAligned,
  isAlignment,
  Layout,
  LayoutError,
  leavesOf,
  Memory,
  MisuseError,
  move,
  NULL,
  orThrow,
  pages,
  sized,
  toFiveFunctions,
  withPowers,
} from "@alloc/core";
export type * from "@alloc/freelist";
export { freeList } from "@alloc/freelist";
export type * from "@alloc/global";
export {
  alloc,
  allocZeroed,
  compact,
  dealloc,
  Global,
  handleAllocError,
  overrideGlobalAllocator,
  realloc,
  System,
  setAllocErrorHook,
  setGlobalAllocator,
  system,
  takeAllocErrorHook,
} from "@alloc/global";
export type * from "@alloc/proxy";
export { proxy, stats } from "@alloc/proxy";
export type * from "@alloc/scoped";
export { scoped } from "@alloc/scoped";
