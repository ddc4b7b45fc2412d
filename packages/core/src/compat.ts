/**
 * The shapes of Rust's allocators: the five functions of 2015, and the pair of functions of its allocation-error hook.
 *
 * @module
 */

export { type FiveFunctions, fromFiveFunctions, toFiveFunctions } from "./adapters/five-functions.ts";
export { takeAllocErrorHook } from "./allocator/alloc-error.ts";
