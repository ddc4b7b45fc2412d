/**
 * Specialised chains in an engine that forbids generated code, under coverage, and in an engine that reports its own state.
 *
 * @module-tag built
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { createInstrumenter } from "istanbul-lib-instrument";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PROGRAM, runModule, type Told } from "./support/specialized.ts";

const folder = mkdtempSync(join(tmpdir(), "alloc-engines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes the program followed by more code, and returns its path. */
function program(name: string, more = "console.log(JSON.stringify(told));"): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `${PROGRAM}\n${more}\n`);
  return file;
}
let plain: Told;
beforeAll(() => {
  plain = runModule(program("plain"));
});

test("with Node's flag against code from strings everything is shared, and the results are the same", () => {
  const told = runModule(program("forbidden"), ["--disallow-code-generation-from-strings"]);
  expect(told.names.join()).not.toContain("<");
  expect(told.specialised).toEqual(plain.shared);
  expect(told.handled).toEqual(plain.shared);
});

test("instrumented by istanbul no method is copied, and the results are the same", { tags: ["thorough"] }, async () => {
  const outfile = join(folder, "bundle.mjs");
  await build({ entryPoints: [program("covered")], bundle: true, format: "esm", outfile, logLevel: "error" });
  const text = createInstrumenter({ esModules: true }).instrumentSync(readFileSync(outfile, "utf8"), outfile);
  writeFileSync(join(folder, "instrumented.mjs"), text);
  const told = runModule(join(folder, "instrumented.mjs"));
  expect(told.copies).toEqual(Array(3).fill(["constructor"]));
  expect(told.specialised).toEqual(plain.shared);
  expect(told.handled).toEqual(plain.shared);
});

test("under V8's coverage the results are the same, and copies are counted apart from any file", () => {
  const reports = join(folder, "coverage");
  const told = runModule(program("v8"), [], { NODE_V8_COVERAGE: reports });
  expect(told).toEqual(plain);
  const urls = readdirSync(reports).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(reports, name), "utf8")) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
  expect(urls.filter((url) => url.endsWith("packages/combinators/dist/index.js")).length).toBe(1);
  const copies = urls.filter((url) => !/^(?:file|node):/.test(url)).map((url) => url.replace(/^alloc:\d+:/, ""));
  expect(copies.sort()).toEqual([...plain.names, "Handle"].sort());
});

test("to V8 a specialised allocator has fast properties from the start, and one map for all allocators of its shape", () => {
  const asked = `
const [one, other, shared] = [specialized(chain), specialized(chain), chain()];
for (const heap of [one, other, shared]) for (let at = 0; at < 100; at++) heap.allocate(Layout.of(40));
const deeper = specialized(() => stats(one));
const parts = (heap) => [heap, heap.inner, heap.inner.primary];
console.log(JSON.stringify({
  fast: parts(one).map((part) => %HasFastProperties(part)),
  fastPrototypes: parts(one).map((part) => %HasFastProperties(Object.getPrototypeOf(part))),
  same: parts(one).map((part, at) => %HaveSameMap(part, parts(other)[at])),
  sharedToo: parts(one).map((part, at) => %HaveSameMap(part, parts(shared)[at])),
  deeperToo: %HaveSameMap(deeper, one),
}));`;
  const told = runModule(program("natives", asked), ["--allow-natives-syntax"]) as unknown;
  expect(told).toEqual({
    fast: [true, true, true],
    fastPrototypes: [true, true, true],
    same: [true, true, true],
    sharedToo: [false, false, false],
    deeperToo: false,
  });
});
