/** A limit at its edges: counts and refusals. */
import { aligned, budget, limit } from "@alloc/combinators";
import { Allocator, alignUp, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { expect, test } from "vitest";

const memory = Memory.linear({ maximum: 2 ** 22 });
const parent = pages(memory);
const empty = Layout.of(0);
const layout = Layout.of(64);
const heap = (limits: Parameters<typeof limit>[1]) => limit(system({ parent }), limits);

test("size 0 is served zeroed even if no block may be live", () => {
  expect(heap({ count: 0 }).allocateZeroed(empty)).toBe(empty.dangling);
});

test("growZeroed counts a block if it grows from size 0 to another size, and only then", () => {
  const limited = heap({ count: 1 });
  limited.growZeroed(empty.dangling, empty, empty);
  expect(limited.numLive).toBe(0);
  const ptr = orThrow(limited.growZeroed(empty.dangling, empty, layout), layout);
  expect(limited.growZeroed(ptr, layout, Layout.of(500))).not.toBe(NULL);
  expect(limited.numLive).toBe(1);
});

test("shrink counts one block less if it shrinks to size 0 from another size, and only then", () => {
  const limited = heap({ count: 1 });
  const ptr = orThrow(limited.allocate(layout), layout);
  const shrunk = orThrow(limited.shrink(ptr, layout, Layout.of(8)), layout);
  expect(limited.numLive).toBe(1);
  limited.shrink(shrunk, Layout.of(8), empty);
  limited.shrink(empty.dangling, empty, empty);
  expect(limited.numLive).toBe(0);
});

test("a shrink to an align that takes more bytes than allowed returns NULL", () => {
  const padded = Allocator.from({
    memory,
    allocate: () => 65536 as Ptr,
    deallocate: () => {},
    usableSize: ({ size, align }) => alignUp(size, align),
  });
  const limited = limit(padded, 100);
  const ptr = orThrow(limited.allocate(layout), layout);
  expect(limited.shrink(ptr, layout, Layout.of(40, 128))).toBe(NULL);
  expect(limited.bytesLive).toBe(64);
});

test("no block is resized in place from or to size 0", () => {
  const limited = heap(1000);
  const ptr = orThrow(limited.allocate(layout), layout);
  expect(limited.resizeInPlace(empty.dangling, empty, layout)).toBe(false);
  expect(limited.resizeInPlace(ptr, layout, empty)).toBe(false);
  expect([limited.bytesLive, limited.numLive]).toEqual([64, 1]);
});

test("a layout that needs the whole budget has a usable size", () => {
  expect(heap({ budget: budget({ bytes: 64 }) }).usableSize(layout)).toBe(64);
});

test("an exceeded budget refuses no block that keeps its size", () => {
  const shared = budget({ bytes: 100, count: 2 });
  const limited = heap({ budget: shared });
  const ptr = orThrow(limited.allocate(layout), layout);
  // Other limits that share it may have more than was guaranteed: set by hand here.
  shared.add(2000, 9);
  expect(limited.grow(ptr, layout, layout)).toBe(ptr);
});

test("the largest size at an align is forwarded", () => {
  const asked: string[] = [];
  const full = Allocator.from({
    memory,
    allocate(layout) {
      asked.push(`${layout}`);
      return NULL;
    },
    deallocate() {},
  });
  const wide = aligned(full, 64);
  expect([wide.allocate(Layout.of(2 ** 32 - 64)), wide.allocate(Layout.of(2 ** 32 - 63))]).toEqual([NULL, NULL]);
  expect(asked).toEqual(["Layout(4294967232, align 64)"]);
});
