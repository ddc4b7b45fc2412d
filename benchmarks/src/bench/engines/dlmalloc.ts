/**
 * dlmalloc as a small module of WebAssembly: binaryen, which Emscripten built with its dlmalloc, reduced to its malloc by itself.
 *
 *     binaryen    1474 exports, 8.9 MB  ──▶  malloc, free, memory, 0.2 MB, nearly all of it the data below the heap
 *
 * The names of its exports are short and differ by version. So the module is caught while binaryen loads, and a call of its
 * `_malloc` and `_free` shows which exports they are.
 *
 * @module
 */

/** Makes the module. Takes about ten seconds, because binaryen reads itself. */
export async function dlmalloc(): Promise<Uint8Array> {
  const { binaryen, bytes, called, memory } = await load();
  const calls = binaryen as unknown as { _malloc(size: number): number; _free(ptr: number): void };
  const ptr = calls._malloc(16);
  const malloc = called();
  calls._free(ptr);
  const names: Readonly<Record<string, string>> = { [malloc]: "malloc", [called()]: "free", [memory]: "memory" };
  const module = binaryen.readBinary(bytes);
  for (const { name, value } of exportsOf(binaryen, module)) {
    if (name === memory) module.addMemoryExport(value, "memory");
    else if (names[name] !== undefined) module.addFunctionExport(value, names[name]);
    module.removeExport(name);
  }
  module.runPasses(["remove-unused-module-elements"]);
  const reduced = module.emitBinary();
  module.dispose();
  return reduced;
}

type Binaryen = typeof import("assemblyscript/binaryen").default;

function exportsOf(binaryen: Binaryen, module: InstanceType<Binaryen["Module"]>) {
  return Array.from({ length: module.getNumExports() }, (_, at) => binaryen.getExportInfo(module.getExportByIndex(at)));
}

/** Loads binaryen, and returns its bytes, the name of its memory, and a function that returns the name of the last called export. */
async function load() {
  let bytes: Uint8Array | undefined;
  let memory = "";
  let last = "";
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (async (source: BufferSource, imports?: WebAssembly.Imports) => {
    const { instance, module } = await instantiate(source, imports);
    bytes = new Uint8Array(source as ArrayBuffer);
    const watched = Object.entries(instance.exports).map(([name, it]) => {
      if (it instanceof WebAssembly.Memory) memory = name;
      if (typeof it !== "function") return [name, it];
      const call = (...args: unknown[]) => {
        last = name;
        return it(...args);
      };
      return [name, call];
    });
    return { instance: { exports: Object.fromEntries(watched) }, module };
  }) as typeof instantiate;
  try {
    const { default: binaryen } = await import("assemblyscript/binaryen");
    if (bytes === undefined) throw new Error("binaryen instantiated no module that could be caught while it loads");
    return { binaryen, bytes, memory, called: () => last };
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}
