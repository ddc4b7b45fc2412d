/** A free tree at its edges: forwarded calls, refusals, messages, and the choice of ranges. */
import { freeTree } from "@alloc/combinators";
import { Allocator, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import type { Tip } from "../src/regions/tip.ts";
import { bump } from "./support/bump.ts";

const memory = Memory.linear({ maximum: 4 * 2 ** 20 });
const parent = pages(memory);
const region = (bytes: number) => freeTree(scoped(bytes, { parent }));
const take = (allocator: Allocator, size: number, align = 8) =>
  orThrow(allocator.allocate(Layout.of(size, align)), Layout.of(size, align));
const give = (allocator: Allocator, ptr: Ptr, size: number) => allocator.deallocate(ptr, Layout.of(size));
const misuse = (code: string, message: string) => expect.objectContaining({ code, message });

test("it forwards check, trim and defer", () => {
  const { heap, calls } = bump();
  heap.check();
  heap.trim();
  heap.defer(() => {});
  expect(calls).toEqual(["check", "trim", "defer"]);
});

test("it checks and trims itself over a child that supports neither", () => {
  const heap = freeTree(Allocator.from({ memory, allocate: () => 65536 as Ptr, deallocate: () => {} }));
  give(heap, take(heap, 64), 64);
  heap.check();
  heap.trim();
  (heap as unknown as { tip: Tip }).tip.segments.resize(0, 4);
  expect(() => heap.check()).toThrow(
    new Error("broken invariant: free tree: free ranges lie in blocks of the child, got granule 8196"),
  );
});

test("it detects second releases, and foreign pointers", () => {
  expect(region(64).detects).toEqual(["double-free", "foreign-pointer"]);
});

test("describe names it, with both of its words", () => {
  const { nodes, root } = region(64).describe();
  const words = { ranges: expect.any(Int32Array), segments: expect.any(Int32Array) };
  expect(nodes[root]).toMatchObject({ kind: "freeTree", options: {}, state: words });
});

describe("the largest layout", () => {
  test("still ends below 4 GiB when rounded up to 8", () => {
    const heap = freeTree(Allocator.from({ memory, allocate: () => NULL, deallocate: () => {} }));
    expect(heap.usableSize(Layout.of(2 ** 32 - 9))).toBe(2 ** 32 - 8);
    expect(heap.usableSize(Layout.of(2 ** 32 - 7, 1))).toBe(0);
    expect(heap.usableSize(Layout.of(2 ** 31, 2 ** 31))).toBe(2 ** 31);
  });
});

describe("in place", () => {
  test("a block is resized within its last 8 bytes without the child", () => {
    const { heap, calls } = bump();
    const ptr = take(heap, 60);
    expect(heap.resizeInPlace(ptr, Layout.of(60), Layout.of(64))).toBe(true);
    expect(heap.resizeInPlace(ptr, Layout.of(60), Layout.of(57))).toBe(true);
    expect(calls).toEqual(["allocate Layout(64, align 8)"]);
  });

  test("no block is resized from or to size 0, or to another align", () => {
    const heap = region(1000);
    const [ptr, layout, empty] = [take(heap, 64), Layout.of(64), Layout.of(0)];
    expect(heap.resizeInPlace(ptr, layout, empty)).toBe(false);
    expect(heap.resizeInPlace(ptr, empty, layout)).toBe(false);
    expect(heap.resizeInPlace(ptr, layout, Layout.of(64, 16))).toBe(false);
  });

  test("a block grows into a free range after it without the child, even into another block of the child", () => {
    const { heap, calls } = bump({ resizes: false });
    const [first, second] = [take(heap, 64), take(heap, 64)];
    give(heap, second, 64);
    calls.length = 0;
    expect(heap.resizeInPlace(first, Layout.of(64), Layout.of(128))).toBe(true);
    expect(calls).toEqual([]);
  });
});

describe("an error says", () => {
  test("that an address lies outside its blocks, even if its last byte does not", () => {
    const heap = region(1000);
    const ptr = take(heap, 64);
    for (const [at, size] of [
      [ptr - 8, 16],
      [ptr, 72],
      [ptr + 64, 8],
    ] as const) {
      const error = misuse("foreign-pointer", `${at} does not lie in a block that this free tree took from its child`);
      expect(() => give(heap, at as Ptr, size)).toThrow(error);
    }
  });

  test("that blocks start at multiples of 8, and that a block is not live", () => {
    const heap = region(1000);
    const ptr = take(heap, 64);
    expect(() => give(heap, (ptr + 4) as Ptr, 8)).toThrow(
      misuse("interior-pointer", `blocks start at multiples of 8, got ${ptr + 4}`),
    );
    give(heap, ptr, 64);
    expect(() => give(heap, ptr, 64)).toThrow(misuse("double-free", `the block at ${ptr} is not live`));
  });
});
