/**
 * The shapes of Rust's allocators: the five functions of 2015, and the pair of functions of its allocation-error hook.
 *
 * @module
 */
export { takeAllocErrorHook } from "./alloc-error.ts";
export { type FiveFunctions, fromFiveFunctions, toFiveFunctions } from "./five-functions.ts";
