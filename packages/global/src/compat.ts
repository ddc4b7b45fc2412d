/**
 * The shapes of Rust's `std::alloc`: its four free functions, the trait of a global allocator, and taking the hook back.
 *
 * @module
 */
export { takeAllocErrorHook } from "@alloc/core/compat";
export { alloc, allocZeroed, dealloc, realloc } from "./realm/alloc.ts";
export type { GlobalAlloc } from "./realm/global-alloc.ts";
