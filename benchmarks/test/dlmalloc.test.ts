// @module-tag alone
// The module is caught while binaryen loads, which happens once in a realm.
import { expect, test } from "vitest";
import { dlmalloc } from "../src/bench/engines/dlmalloc.ts";

test("dlmalloc is a module with a malloc, a free, a memory, and one function that it asks for more", {
  tags: ["thorough"],
}, async () => {
  const module = new WebAssembly.Module((await dlmalloc()) as BufferSource);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  expect(exported.sort()).toEqual(["free", "malloc", "memory"]);
  expect(WebAssembly.Module.imports(module).map(({ kind }) => kind)).toEqual(["function"]);
});
