import { runInNewContext } from "node:vm";
import { Layout, Memory, orThrow, pages } from "@alloc/core";
import { afterEach, describe, expect, test, vi } from "vitest";

const PAGE = 65536;
/** Makes an object in another realm, like an iframe, a jsdom window, or a Jest test. */
const elsewhere = (code: string): never => runInNewContext(code) as never;

const TARGETS: [name: string, code: string, shared: boolean, grows: boolean][] = [
  ["an ArrayBuffer", "new ArrayBuffer(2 ** 20)", false, false],
  ["a SharedArrayBuffer", "new SharedArrayBuffer(2 ** 20)", true, false],
  ["a resizable ArrayBuffer", "new ArrayBuffer(2 ** 17, { maxByteLength: 2 ** 20 })", false, true],
  ["a growable SharedArrayBuffer", "new SharedArrayBuffer(2 ** 17, { maxByteLength: 2 ** 20 })", true, true],
  ["a Wasm memory", "new WebAssembly.Memory({ initial: 2, maximum: 16 })", false, true],
  ["a shared Wasm memory", "new WebAssembly.Memory({ initial: 2, maximum: 16, shared: true })", true, true],
];

describe.each(TARGETS)("%s of another realm", (_, code, shared, grows) => {
  test("is not an instance of this realm's classes, but accepted, with its sharedness", () => {
    const memory = Memory.over(elsewhere(code), { from: 0 });
    expect([memory.shared, memory.hasBytes]).toEqual([shared, true]);
  });

  test("serves blocks with bytes, before and after it grew", () => {
    const target: object = elsewhere(code);
    const memory = Memory.over(target as ArrayBuffer, { from: 0, owner: true });
    const root = pages(memory);
    for (const size of [1000, 300_000]) {
      const layout = Layout.of(size);
      const ptr = orThrow(root.allocateZeroed(layout), layout);
      memory.store(Float64Array, ptr, size + 0.5);
      const buffer = "buffer" in target ? target.buffer : target;
      expect(new Float64Array(buffer as ArrayBuffer, ptr, 1)[0]).toBe(size + 0.5);
      expect(memory.f64[ptr / 8]).toBe(size + 0.5);
    }
  });

  test("has words that are shared if it is", () => {
    const words = Memory.over(elsewhere(code), { owner: true }).words(Int32Array, 5, 9);
    expect(Object.prototype.toString.call(words.buffer)).toBe(
      `[object ${shared ? "SharedArrayBuffer" : "ArrayBuffer"}]`,
    );
  });

  test("notices growth through another wrapper, if it can grow", () => {
    if (!grows) return expect(Memory.over(elsewhere(code)).grow(1)).toBe(0);
    const target: { grow?(by: number): void; resize?(to: number): void; buffer?: unknown } = elsewhere(code);
    const memory = Memory.over(target as never, { from: 0 });
    expect(memory.byteLength).toBe(2 * PAGE);
    if (target.buffer !== undefined) target.grow!(2);
    else (target.resize ?? target.grow)!.call(target, 4 * PAGE);
    expect([memory.byteLength, memory.u8.length]).toEqual([4 * PAGE, 4 * PAGE]);
  });
});

test("an error of another realm is recognised by its name: failed growth returns NULL", () => {
  const wasm: WebAssembly.Memory = elsewhere("new WebAssembly.Memory({ initial: 1, maximum: 1 })");
  expect(Memory.over(wasm).grow(PAGE)).toBe(0);
});

describe("if SharedArrayBuffer is not a global", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("a shared WebAssembly memory still has shared words", () => {
    const wasm = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    vi.stubGlobal("SharedArrayBuffer", undefined);
    const memory = Memory.over(wasm, { from: 0, owner: true });
    const words = memory.words(Int32Array, 4);
    expect([memory.shared, Object.prototype.toString.call(words.buffer)]).toEqual([true, "[object SharedArrayBuffer]"]);
    expect(pages(memory).allocate(Layout.of(64))).not.toBe(0);
  });
});
