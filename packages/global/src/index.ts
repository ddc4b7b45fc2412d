export { handleAllocError, setAllocErrorHook } from "@alloc/core";
export { type FreeExtents, type HeapReport, heapReport } from "./heap-report.ts";
export { Global } from "./realm/global.ts";
export type { GlobalAllocatorCode } from "./realm/realm.ts";
export { overrideGlobalAllocator, setGlobalAllocator } from "./realm/register.ts";
export { System } from "./realm/the-system.ts";
export { type SystemHeap, system, systemKind } from "./system.ts";
export { tinyHeapKind } from "./tiny-heap/kind.ts";
export { type TinyHeap, tinyHeap } from "./tiny-heap.ts";
