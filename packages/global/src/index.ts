export { handleAllocError, setAllocErrorHook, takeAllocErrorHook } from "@alloc/core";
export { alloc, allocZeroed, dealloc, realloc } from "./alloc.ts";
export { type Compact, compact } from "./compact.ts";
export { Global } from "./global.ts";
export type { GlobalAlloc } from "./global-alloc.ts";
export { type FreeExtents, type HeapReport, heapReport } from "./heap-report.ts";
export { overrideGlobalAllocator, setGlobalAllocator } from "./register.ts";
export { type SystemHeap, system } from "./system.ts";
export { System } from "./the-system.ts";
