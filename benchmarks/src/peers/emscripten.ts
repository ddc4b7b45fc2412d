/**
 * Emscripten's malloc, taken from binaryen: the compiler inside AssemblyScript's compiler, which npm delivers built. It exports
 * `_malloc` and `_free`, but not its memory, so only addresses are compared.
 *
 * @module
 */
import { type Allocator, Memory } from "@alloc/core";
import binaryen from "assemblyscript/binaryen";
import { adapt } from "./adapt.ts";

const { _malloc, _free } = binaryen as unknown as { _malloc(size: number): number; _free(ptr: number): void };

/** One instance for every program: it is the compiler's own heap. */
const allocator: Allocator = adapt({
  memory: Memory.virtual(2 ** 32),
  align: 8,
  malloc: (size) => _malloc(size),
  free: (ptr) => _free(ptr),
});

export default allocator;
