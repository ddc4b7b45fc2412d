/**
 * AssemblyScript's TLSF: its heap functions, exported by a module of three lines that its compiler makes here.
 *
 * @module
 */
import { type Allocator, Memory, MisuseError } from "@alloc/core";
import asc from "assemblyscript/asc";
import { adapt, type Peer, releasedTwice } from "./adapt.ts";

const SOURCE = `
export function malloc(size: usize): usize { return heap.alloc(size); }
export function realloc(ptr: usize, size: usize): usize { return heap.realloc(ptr, size); }
export function free(ptr: usize): void { heap.free(ptr); }
`;
/** 2 MiB: it takes them as it needs them. */
const MOST_PAGES = 32;

interface Heap extends Record<string, WebAssembly.ExportValue> {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
  realloc(ptr: number, size: number): number;
  free(ptr: number): void;
}

const compiled = new WebAssembly.Module(await compile());

export default function make(): Allocator {
  return adapt(peer());
}

export function twice(): Allocator {
  return releasedTwice(peer());
}

function peer(): Peer {
  const { exports } = new WebAssembly.Instance(compiled, { env: { abort } });
  const heap = exports as Heap;
  return {
    memory: Memory.over(heap.memory, { from: 0 }),
    align: 16,
    sees: ["double-free"],
    malloc: (size) => roomOr0(() => heap.malloc(size)),
    realloc: (ptr, size) => roomOr0(() => heap.realloc(ptr, size)),
    free: (ptr) => heap.free(ptr),
  };
}

/** Its code calls this for an error, with a message, and for a failed assertion, without one: that a block is in use. */
function abort(message: number): never {
  if (message === 0) throw new MisuseError("double-free", "it asserts that the block is in use");
  throw new Error("aborted");
}

/** It traps where there is no room; to us that is an answer. */
function roomOr0(call: () => number): number {
  try {
    return call();
  } catch (error) {
    if ((error as Error).name === "MisuseError") throw error;
    return 0;
  }
}

async function compile(): Promise<Uint8Array<ArrayBuffer>> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const options = ["--runtime", "minimal", "--optimize", "--initialMemory", "1", "--maximumMemory", `${MOST_PAGES}`];
  const { error, stderr } = await asc.main(["peer.ts", "--outFile", "peer.wasm", ...options], {
    readFile: (name) => (name === "peer.ts" ? SOURCE : null),
    writeFile(name, contents) {
      if (name === "peer.wasm") wasm = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => [],
  });
  if (wasm === undefined) throw new Error(`asc made no module: ${error}\n${stderr}`);
  return wasm;
}
