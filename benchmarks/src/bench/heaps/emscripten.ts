/**
 * Emscripten's dlmalloc, taken from binaryen: the compiler inside AssemblyScript's compiler, which npm delivers built. It exports
 * `_malloc` and `_free`, but neither realloc nor its memory. The memory is caught while binaryen loads, so that blocks can be written.
 *
 * @module
 */
import { Memory } from "@alloc/core";
import { complete } from "./complete.ts";

const { binaryen, memory } = await load();

export const heap = complete({
  memory: Memory.over(memory, { from: 0 }),
  malloc: (size) => binaryen._malloc(size) >>> 0,
  free: (ptr) => binaryen._free(ptr),
});

async function load() {
  let memory: WebAssembly.Memory | undefined;
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (async (source: BufferSource, imports?: WebAssembly.Imports) => {
    const result = await instantiate(source, imports);
    const { exports } =
      "instance" in result ? (result.instance as WebAssembly.Instance) : (result as WebAssembly.Instance);
    memory = Object.values(exports).find((it) => it instanceof WebAssembly.Memory);
    return result;
  }) as typeof instantiate;
  try {
    const { default: binaryen } = await import("assemblyscript/binaryen");
    if (memory === undefined) throw new Error("binaryen made no memory that could be caught while it loads");
    return { binaryen: binaryen as unknown as { _malloc(size: number): number; _free(ptr: number): void }, memory };
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}
