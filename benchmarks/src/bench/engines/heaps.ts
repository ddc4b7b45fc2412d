/**
 * The heaps of `bench engines`: `system()`, and peers that take and return numbers.
 *
 * @module
 */
import { Memory, pages } from "@alloc/core";
import { type SystemHeap, system } from "@alloc/global";
import { MemPool } from "@thi.ng/malloc";

/** A malloc and a free, and views of the bytes. */
export interface Heap {
  readonly u8: Uint8Array;
  readonly f64: Float64Array;
  malloc(size: number): number;
  free(ptr: number): void;
}

/**
 * Room for every loop, in bytes. Small, because engines count it as garbage to be: the collector of JavaScriptCore waits until
 * about as many bytes of objects are made, all in memory that was not touched before.
 */
const ROOM = 2 ** 22;

/** A `system()` over a memory of that size. */
export function heapOf(): SystemHeap {
  return system({ parent: pages(Memory.linear({ initial: ROOM })) });
}

/** `@thi.ng/malloc`, used as in its README. */
function thiNg(): Heap {
  const buf = new ArrayBuffer(ROOM);
  const pool = new MemPool({ buf, start: 8, align: 8 });
  return {
    ...viewsOf(buf),
    malloc: (size) => pool.malloc(size),
    free: (ptr) => {
      pool.free(ptr);
    },
  };
}

/** Emscripten's dlmalloc, a module of WebAssembly that `dlmalloc.ts` made and the bundle has as numbers. */
function dlmalloc(): Heap {
  const { dlmalloc: bytes } = globalThis as { dlmalloc?: readonly number[] };
  if (bytes === undefined) throw new Error("the bundle was made without dlmalloc");
  const module = new WebAssembly.Module(Uint8Array.from(bytes));
  // Its only import asks for more memory. Without, it returns 0.
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => [from, { [name]: () => 0 }]);
  const { exports } = new WebAssembly.Instance(module, Object.fromEntries(imports));
  const { memory, malloc, free } = exports as {
    readonly memory: WebAssembly.Memory;
    malloc(size: number): number;
    free(ptr: number): void;
  } & WebAssembly.Exports;
  memory.grow(ROOM / 65536);
  return { ...viewsOf(memory.buffer), malloc: (size) => malloc(size) >>> 0, free: (ptr) => free(ptr) };
}

function viewsOf(buffer: ArrayBuffer): Pick<Heap, "u8" | "f64"> {
  return { u8: new Uint8Array(buffer), f64: new Float64Array(buffer) };
}

/** The peers by name. */
export const PEERS: Readonly<Record<string, () => Heap>> = { "@thi.ng/malloc": thiNg, dlmalloc };
