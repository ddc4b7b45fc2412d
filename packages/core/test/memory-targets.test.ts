import { Layout, Memory, type MisuseError, pages } from "@alloc/core";
import { describe, expect, test } from "vitest";
import { resizable } from "./support/resizable.ts";
import { thrownBy } from "./support/thrown.ts";

const EXPECTS = "Memory.over expects an ArrayBuffer, a SharedArrayBuffer or a WebAssembly.Memory, got ";
const WRITE = ": write Memory.over(view.buffer, { from: view.byteOffset, to: view.byteOffset + view.byteLength })";

describe("Memory.over", () => {
  test.each([
    ["a Uint8Array", new Uint8Array(64), `a Uint8Array${WRITE}`],
    ["a part of an array", new Float64Array(64).subarray(8), `a Float64Array${WRITE}`],
    ["a Node Buffer, which may be part of a pool", Buffer.from("abc"), `a Uint8Array${WRITE}`],
    ["a DataView", new DataView(new ArrayBuffer(64)), `a DataView${WRITE}`],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
    ["a number of bytes", 65536, "65536"],
    ["a text", "x".repeat(1e6), `"${"x".repeat(39)}…"`],
    ["a plain object", {}, "an object"],
    ["an object of no class", Object.create(null), "an object"],
    ["an array", [], "an array"],
    ["an object with only a buffer", { buffer: new ArrayBuffer(8) }, "an object"],
    ["an object with another kind of buffer", { buffer: 1, grow() {} }, "an object"],
    ["exports of a guest", Object.freeze(Object.create(null, { memory: { value: 1 } })), "an object"],
    ["a memory", Memory.virtual(64), "an object of Memory: it is a memory already"],
    ["a function", () => {}, "a function"],
    ["an object whose class name is not a string", { constructor: 7 }, "an object"],
  ])("says what to write instead of %s", (_, target, got) => {
    const error = thrownBy(() => Memory.over(target as never)) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(EXPECTS + got);
  });

  test("over a part of a buffer, as the error shows, hands out only that part", () => {
    const page = new Uint8Array(4096).fill(0x55);
    const view = page.subarray(1024, 2048);
    const root = pages(Memory.over(view.buffer, { from: view.byteOffset, to: view.byteOffset + view.byteLength }));
    const ptr = root.allocate(Layout.of(1024)) as never;
    root.memory.fill(ptr, 1024, 0);
    expect([page.indexOf(0), page.lastIndexOf(0), view.includes(0x55)]).toEqual([1024, 2047, false]);
  });

  test("rounds the maximum of a guest's memory down to whole pages: bytes above never exist", () => {
    const wasm = new WebAssembly.Memory({ initial: 1 });
    const memory = Memory.over(wasm, { from: 0, maximum: 100_000 });
    const root = pages(memory);
    expect(memory.maximum).toBe(65536);
    expect([root.usableSize(Layout.of(90_000)), root.allocate(Layout.of(90_000))]).toEqual([0, 0]);
    expect(Memory.over(wasm, { maximum: 131_072 }).maximum).toBe(131_072);
  });
});

describe("a buffer that was transferred away", () => {
  const detached = expect.objectContaining({ name: "MisuseError", code: "detached" });
  function away(buffer = new ArrayBuffer(4096)) {
    const memory = Memory.over(buffer);
    const root = pages(memory);
    const ptr = root.allocate(Layout.of(64)) as never;
    void memory.f64[1];
    structuredClone(buffer, { transfer: [buffer] });
    return { buffer, memory, root, ptr };
  }
  const uses: [string, (made: ReturnType<typeof away>) => unknown][] = [
    ...(["u8", "i8", "u16", "i16", "u32", "i32", "f32", "f64", "u64", "i64"] as const).map(
      (name): [string, (made: ReturnType<typeof away>) => unknown] => [name, ({ memory }) => memory[name]],
    ),
    ["byteLength", ({ memory }) => memory.byteLength],
    ["view", ({ memory, ptr }) => memory.view(Uint8Array, ptr, 1)],
    ["view of nothing", ({ memory, ptr }) => memory.view(Uint8Array, ptr, 0)],
    ["store", ({ memory, ptr }) => memory.store(Uint32Array, ptr, 1)],
    ["load", ({ memory, ptr }) => memory.load(Uint32Array, ptr)],
    ["copy", ({ memory, ptr }) => memory.copy(ptr, ptr, 8)],
    ["fill", ({ memory, ptr }) => memory.fill(ptr, 8)],
    ["encode", ({ memory, ptr }) => memory.encode("a", ptr, 8)],
    ["decode", ({ memory, ptr }) => memory.decode(ptr, 8)],
    ["toPtr", ({ memory }) => memory.toPtr(16)],
    ["at", ({ memory, ptr }) => memory.at(ptr, 8)],
    ["grow", ({ memory }) => memory.grow(1)],
    ["Memory.over", ({ buffer }) => Memory.over(buffer)],
    ["allocateZeroed", ({ root }) => root.allocateZeroed(Layout.of(64))],
    ["a grow that moves", ({ root, ptr }) => root.grow(ptr, Layout.of(64), Layout.of(64, 1024))],
  ];

  test.each(uses)("throws detached from %s, of a fixed buffer and of a resizable one", (_, use) => {
    expect(() => use(away())).toThrow(detached);
    expect(() => use(away(resizable(ArrayBuffer, 4096, 8192)))).toThrow(detached);
  });

  test("still prints", () => {
    const { memory } = away();
    expect([`${memory}`, JSON.parse(JSON.stringify(memory)).byteLength]).toEqual([
      "Memory(0 of at most 4096 bytes)",
      0,
    ]);
  });

  test("is not reported for a buffer without bytes, or one that was shortened to none and extended again", () => {
    expect(Memory.over(new ArrayBuffer(0)).byteLength).toBe(0);
    const buffer = resizable(ArrayBuffer, 64, 64);
    const memory = Memory.over(buffer);
    buffer.resize(0);
    expect(memory.u8.length).toBe(0);
    buffer.resize(64);
    expect(memory.u8.length).toBe(64);
  });

  test("names the cause", () => {
    const error = thrownBy(() => away().memory.u8) as MisuseError;
    expect(error.message).toContain("transferred away, by postMessage, structuredClone or transfer()");
  });
});
