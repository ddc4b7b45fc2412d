/**
 * AssemblyScript's TLSF: its heap functions, exported by a module of three lines that its compiler builds here.
 *
 * @module
 */
import asc from "assemblyscript/asc";

const SOURCE = `
export function malloc(size: usize): usize { return heap.alloc(size); }
export function realloc(ptr: usize, size: usize): usize { return heap.realloc(ptr, size); }
export function free(ptr: usize): void { heap.free(ptr); }
`;

/** The exports of such a module. */
export interface Tlsf extends Record<string, WebAssembly.ExportValue> {
  readonly memory: WebAssembly.Memory;
  malloc(size: number): number;
  realloc(ptr: number, size: number): number;
  free(ptr: number): void;
}

/** Compiles it for a memory of at most `pages` of 64 KiB, taken as needed. */
export async function compileTlsf(pages: number): Promise<WebAssembly.Module> {
  let wasm: Uint8Array<ArrayBuffer> | undefined;
  const options = ["--runtime", "minimal", "--optimize", "--initialMemory", "1", "--maximumMemory", `${pages}`];
  const { error, stderr } = await asc.main(["peer.ts", "--outFile", "peer.wasm", ...options], {
    readFile: (name) => (name === "peer.ts" ? SOURCE : null),
    writeFile(name, contents) {
      if (name === "peer.wasm") wasm = contents as Uint8Array<ArrayBuffer>;
    },
    listFiles: () => [],
  });
  if (wasm === undefined) throw new Error(`asc built no module: ${error}\n${stderr}`);
  return new WebAssembly.Module(wasm);
}
