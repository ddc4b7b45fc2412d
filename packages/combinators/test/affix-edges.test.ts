/** An affix at its edges: what it requests from its child, and what it refuses. */
import { affix } from "@alloc/combinators";
import { Allocator, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 8 * 2 ** 20 });
const parent = pages(memory);
const empty = Layout.of(0);
const none = Layout.of(0, 1);
const prefix = Layout.of(8);
const suffix = Layout.of(8);
const take = (allocator: Allocator, asked: Layout) => orThrow(allocator.allocate(asked), asked);

/** An allocator that hands out these addresses in turn, for sizes in steps of `bytes`, and records its calls. */
function scripted(ptrs: readonly number[], told: string[] = [], step = 1, space = memory) {
  let next = 0;
  return Allocator.from({
    memory: space,
    allocate(layout) {
      told.push(`allocate ${layout}`);
      return ptrs[next++] as Ptr;
    },
    deallocate: (_, layout) => void told.push(`deallocate ${layout}`),
    usableSize: ({ size }) => Math.ceil(size / step) * step,
  });
}

test("the child gets the same layout for a block, whatever fitting layout releases it", () => {
  const affixes = fc.record({ prefix: fc.constantFrom(none, prefix), suffix: fc.constantFrom(none, suffix) });
  fc.assert(
    fc.property(
      affixes,
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 64 }),
      fc.nat(),
      (it, size, step, fit) => {
        const told: string[] = [];
        const heap = affix(scripted([65536], told, step), it);
        const asked = Layout.of(size);
        const ptr = take(heap, asked);
        heap.deallocate(ptr, Layout.of(size + (fit % (heap.usableSize(asked) - size + 1))));
        expect(told[1]).toBe(told[0]!.replace("allocate", "deallocate"));
      },
    ),
  );
});

describe("size 0", () => {
  test("is never released to the child", () => {
    const told: string[] = [];
    affix(scripted([], told), { prefix }).deallocate(empty.dangling, empty);
    expect(told).toEqual([]);
  });

  test("grows to a block, even if bytes cannot be copied", () => {
    const heap = affix(system({ parent: pages(Memory.virtual(2 ** 24)) }), { prefix, suffix });
    expect(heap.grow(empty.dangling, empty, Layout.of(100))).not.toBe(NULL);
  });

  test("is never resized in place, in either direction", () => {
    const heap = affix(tinyHeap({ parent }), { prefix });
    const layout = Layout.of(40);
    const ptr = take(heap, layout);
    expect(heap.resizeInPlace(empty.dangling, empty, layout)).toBe(false);
    expect(heap.resizeInPlace(ptr, layout, empty)).toBe(false);
  });
});

describe("a layout that no block of the child can hold", () => {
  const most = Layout.of(2 ** 32 - 8);

  test("is refused by every resize, in place or not", () => {
    const heap = affix(system({ parent }), { prefix });
    const layout = Layout.of(40);
    const ptr = take(heap, layout);
    expect(heap.resizeInPlace(ptr, layout, most)).toBe(false);
    expect(heap.grow(ptr, layout, most)).toBe(NULL);
    expect(heap.resizeInPlace(ptr, most, layout)).toBe(false);
  });
});

describe("in place", () => {
  test("a block is resized by a child that supports it", () => {
    const heap = affix(tinyHeap({ parent }), { prefix, suffix });
    const layout = Layout.of(5000);
    const ptr = take(heap, layout);
    expect(heap.resizeInPlace(ptr, layout, Layout.of(300))).toBe(true);
    expect(heap.inner.sizeAt((ptr - 8) as Ptr)).toBe(heap.usableSize(Layout.of(300)) + 16);
  });

  test("a block that stays within the bytes of the child's block needs no call of the child", () => {
    const told: string[] = [];
    const heap = affix(scripted([65536], told, 64), { prefix, suffix });
    const ptr = take(heap, Layout.of(20));
    expect(heap.grow(ptr, Layout.of(20), Layout.of(48))).toBe(ptr);
    expect(told).toEqual(["allocate Layout(64, align 8)"]);
  });

  test("no block gets another align, even if the child's block has it", () => {
    const heap = affix(freeList(64, { blocks: 1, parent }), { prefix: Layout.of(16, 16) });
    const ptr = take(heap, Layout.of(20));
    expect(heap.resizeInPlace(ptr, Layout.of(20), Layout.of(20, 16))).toBe(false);
  });

  test("a block without a suffix is resized even if bytes cannot be read", () => {
    const heap = affix(tinyHeap({ parent: pages(Memory.virtual(2 ** 24)) }), { prefix });
    const layout = Layout.of(5000);
    expect(heap.resizeInPlace(take(heap, layout), layout, Layout.of(300))).toBe(true);
  });
});

describe("a block that moves", () => {
  const [from, to] = [Layout.of(64), Layout.of(128)];

  test.each([
    ["above", 65536 + 64],
    ["below", 65536 - 128],
  ])("may land directly %s the old one", (_, next) => {
    const heap = affix(scripted([65536, next]), {});
    expect(heap.grow(take(heap, from), from, to)).toBe(next);
  });

  test.each([
    ["above", 65536 + 63],
    ["below", 65536 - 127],
  ])("is dead if its new place overlaps the old one from %s", (_, next) => {
    const heap = affix(scripted([65536, next]), {});
    const ptr = take(heap, from);
    const error = expect.objectContaining({ code: "double-free", message: "no block is live at 65536" });
    expect(() => heap.grow(ptr, from, to)).toThrow(error);
  });

  test("requests nothing from the child if bytes cannot be copied", () => {
    const told: string[] = [];
    const heap = affix(scripted([65536], told, 1, Memory.virtual(2 ** 20)), { prefix });
    const ptr = take(heap, from);
    expect(codeThrown(() => heap.grow(ptr, from, to))).toBe("no-bytes");
    expect(told).toEqual(["allocate Layout(72, align 8)"]);
  });
});
