import { Memory } from "@alloc/core";
import { expect, test } from "vitest";
import { resizable } from "./support/resizable.ts";
import { shown, wholeElements } from "./support/views.ts";

const PAGE = 65536;

test("views follow a SharedArrayBuffer that grows", () => {
  const buffer = resizable(SharedArrayBuffer, 64, 256);
  const memory = Memory.over(buffer);
  for (const bytes of [64, 128, 256]) {
    buffer.grow(bytes);
    expect(memory.byteLength).toBe(bytes);
    expect(shown(memory)).toEqual(wholeElements(bytes));
  }
});

test("views follow an ArrayBuffer that is resized, up and down to 0 and up again", () => {
  const buffer = resizable(ArrayBuffer, 64, 256);
  const memory = Memory.over(buffer);
  for (const bytes of [256, 104, 0, 64]) {
    buffer.resize(bytes);
    expect(memory.byteLength).toBe(bytes);
    expect(shown(memory)).toEqual(wholeElements(bytes));
  }
});

test("the maximum of a resizable buffer is its maximum length", () => {
  for (const buffer of [resizable(ArrayBuffer, 64, 256), resizable(SharedArrayBuffer, 64, 256)]) {
    expect(Memory.over(buffer).maximum).toBe(256);
  }
});

// V8 11.3 (Node 20): optimized code that has used a view of a resizable buffer reads the old `length` of a detached view.
test("views of a Wasm memory are fresh after 2000 growths, also in a program that has used a resizable buffer", () => {
  const buffer = resizable(ArrayBuffer, 64, 256);
  const other = Memory.over(buffer);
  for (const bytes of [256, 104, 64]) {
    buffer.resize(bytes);
    shown(other);
  }
  for (let round = 0; round < 2000; round++) {
    const memory = Memory.linear({ maximum: 2 * PAGE });
    shown(memory);
    memory.grow(PAGE);
    expect(memory.byteLength).toBe(2 * PAGE);
  }
});
