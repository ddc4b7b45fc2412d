/**
 * Emscripten's malloc, as binaryen has it: the compiler in AssemblyScript's compiler, which npm brings built. It exports its
 * `_malloc` and `_free`, but not its memory: addresses are all that is compared.
 *
 * @module
 */
import { type Allocator, Memory } from "@alloc/core";
import binaryen from "assemblyscript/binaryen";
import { adapt } from "./adapt.ts";

const { _malloc, _free } = binaryen as unknown as { _malloc(size: number): number; _free(ptr: number): void };

/** One for every program: the heap is that of the compiler. */
const allocator: Allocator = adapt({
  memory: Memory.virtual(2 ** 32),
  align: 8,
  malloc: (size) => _malloc(size),
  free: (ptr) => _free(ptr),
});

export default allocator;
