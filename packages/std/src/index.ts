/**
 * All packages in one. Values are exported by name, because `export *` from an external package defeats tree shaking.
 *
 * @module
 */
import type { ErrorCode as CoreCode } from "@alloc/core";
import type { GlobalAllocatorCode } from "@alloc/global";
import type { OwnedCode } from "@alloc/owned";
import type { LeakError } from "@alloc/proxy";

/** The codes of all errors of these packages. */
export type ErrorCode = CoreCode | OwnedCode | LeakError["code"] | GlobalAllocatorCode;

export type * from "@alloc/combinators";
export {
  affix,
  affixKind,
  aligned,
  alignedKind,
  bucketize,
  bucketizeKind,
  budget,
  cascade,
  cascadeKind,
  chain,
  combinatorKinds,
  fallback,
  fallbackKind,
  freeTree,
  freeTreeKind,
  limit,
  limitKind,
  nullAllocator,
  nullAllocatorKind,
  quantize,
  quantizeKind,
  segregate,
  segregateKind,
} from "@alloc/combinators";
export type * from "@alloc/core";
export {
  Allocator,
  AllocError,
  ArgumentError,
  alignDown,
  alignUp,
  can,
  defaultMemory,
  find,
  fromMalloc,
  isAligned,
  isAlignment,
  Layout,
  LayoutError,
  Memory,
  MisuseError,
  NULL,
  occupancy,
  orThrow,
  pages,
  toMalloc,
} from "@alloc/core";
export type * from "@alloc/freelist";
export { freeList, freeListKind } from "@alloc/freelist";
export type * from "@alloc/global";
export {
  Global,
  handleAllocError,
  heapReport,
  overrideGlobalAllocator,
  System,
  setAllocErrorHook,
  setGlobalAllocator,
  system,
  systemKind,
  tinyHeap,
  tinyHeapKind,
} from "@alloc/global";
export type * from "@alloc/owned";
// Aliases that the compiler can name in declarations, for the return type of `Box.new` in programs that depend on this package
// only.
export type {
  Box as OwnedBox,
  Columns as OwnedColumns,
  RawVec as OwnedRawVec,
  Rc as OwnedRc,
  Vec as OwnedVec,
} from "@alloc/owned";
export {
  Arc,
  array,
  bool,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  isShared,
  OwnedError,
  ptr,
  reportLeaks,
  struct,
  text,
  u8,
  u16,
  u32,
  u64,
} from "@alloc/owned";
export type * from "@alloc/proxy";
export { guard, inspectAsTree, LeakError, leaks, proxy, stats, statsKind, tree } from "@alloc/proxy";
export type * from "@alloc/scoped";
export { scoped, scopedKind } from "@alloc/scoped";
export { Box, Columns, RawVec, Rc, Vec } from "./handles.ts";
