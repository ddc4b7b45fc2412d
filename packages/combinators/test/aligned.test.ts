import { aligned } from "@alloc/combinators";
import { Allocator, can, Layout, Memory, NULL, orThrow, type Ptr, pages, toMalloc } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import fc from "fast-check";
import { expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 8 * 2 ** 20 });
const parent = pages(memory);
const take = (allocator: Allocator, asked: Layout) => orThrow(allocator.allocate(asked), asked);
const log = fc.integer({ min: 0, max: 13 }).map((power) => 2 ** power);

test("every block has the align, or a larger one if requested", () => {
  fc.assert(
    fc.property(log, log, fc.integer({ min: 1, max: 3000 }), (align, asked, size) => {
      const heap = aligned(system({ parent }), align);
      expect(take(heap, Layout.of(size, asked)) % Math.max(align, asked)).toBe(0);
      heap.dispose();
    }),
  );
});

test("a block is released with every layout that fits it, and by its sizeAt at align 1", () => {
  fc.assert(
    fc.property(log, log, fc.integer({ min: 1, max: 3000 }), fc.nat(), (align, asked, size, fit) => {
      const heap = aligned(system({ parent }), align);
      const layout = Layout.of(size, asked);
      const fitting = Layout.of(size + (fit % (heap.usableSize(layout) - size + 1)), asked);
      heap.deallocate(take(heap, layout), fitting);
      const ptr = take(heap, layout);
      heap.deallocate(ptr, Layout.of(heap.sizeAt(ptr), 1));
      heap.trim();
      expect(heap.footprint().held).toBe(0);
      heap.dispose();
    }),
  );
});

test("a release at align 1 with the sizeAt of a block accepts blocks of a larger align", () => {
  const released: Layout[] = [];
  const inner = Allocator.from({
    memory,
    allocate: () => memory.toPtr(65536),
    deallocate: (_, layout) => void released.push(layout),
    sizeAt: () => 256,
  });
  const heap = aligned(inner, 64);
  const ptr = take(heap, Layout.of(20, 256));
  for (const layout of [Layout.of(256, 1), Layout.of(20, 1), Layout.of(256), Layout.of(20, 256)])
    heap.deallocate(ptr, layout);
  expect(released.map(String)).toEqual([
    "Layout(256, align 1)",
    "Layout(20, align 64)",
    "Layout(256, align 64)",
    "Layout(20, align 256)",
  ]);
});

test("a block is released at align 1 to a child without sizeAt", () => {
  const released: Layout[] = [];
  const deallocate = (_: Ptr, layout: Layout) => void released.push(layout);
  const heap = aligned(Allocator.from({ memory, allocate: () => memory.toPtr(65536), deallocate }), 64);
  const layout = Layout.of(20, 1);
  heap.deallocate(take(heap, layout), layout);
  expect(released.map(String)).toEqual(["Layout(20, align 64)"]);
});

test("it has the usable size of the raised layout", () => {
  const heap = aligned(system({ parent }), 64);
  expect([heap.usableSize(Layout.of(10, 2)), heap.usableSize(Layout.of(65, 2))]).toEqual([64, 128]);
});

test("changing the align below its own leaves a block where it is, but not by resizeInPlace", () => {
  const heap = aligned(system({ parent }), 64);
  const ptr = take(heap, Layout.of(10, 8));
  expect(heap.grow(ptr, Layout.of(10, 8), Layout.of(10, 32))).toBe(ptr);
  expect(heap.resizeInPlace(ptr, Layout.of(10, 32), Layout.of(10, 8))).toBe(false);
});

test("it makes C's malloc aligned", () => {
  const c = toMalloc(aligned(system({ parent }), 128));
  const ptr = c.malloc(10);
  expect([ptr % 128, c.header]).toEqual([0, 0]);
  c.free(c.realloc(ptr, 1000));
});

test("a size too large for the align returns NULL", () => {
  const heap = aligned(system({ parent }), 2 ** 31);
  const layout = Layout.of(2 ** 31 + 1, 1);
  expect([heap.usableSize(layout), heap.allocate(layout), heap.allocateZeroed(layout)]).toEqual([0, NULL, NULL]);
});

test("size 0 has the dangling address of the requested layout, also if a block shrinks to it", () => {
  const heap = aligned(system({ parent }), 64);
  const layout = Layout.of(20, 8);
  expect([heap.allocate(Layout.of(0, 8)), heap.allocateZeroed(Layout.of(0, 8))]).toEqual([
    Layout.of(0).dangling,
    Layout.of(0).dangling,
  ]);
  expect(heap.shrink(take(heap, layout), layout, Layout.of(0, 8))).toBe(Layout.of(0).dangling);
});

test("it supports the capabilities of its child", () => {
  const powers = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim"] as const;
  const of = (allocator: Allocator) => powers.filter((power) => can<Allocator, typeof power>(allocator, power));
  for (const child of [system({ parent }), freeList(64, { parent }), pages(memory).byRef()]) {
    expect(of(aligned(child, 8))).toEqual(of(child));
  }
});

test.each([0, 24, -8, 2 ** 32, NaN])("an align of %s is refused", (align) => {
  expect(codeThrown(() => aligned(system({ parent }), align))).toBe("align");
});

test("describe names the align", () => {
  const { nodes, root } = aligned(system({ parent }), 64).describe();
  expect(nodes[root]).toMatchObject({ kind: "aligned", options: { align: 64 } });
});
