import { inspect } from "node:util";
import { budget, limit } from "@alloc/combinators";
import { type Allocator, Layout, Memory, NULL, orThrow, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const parent = pages(Memory.linear({ maximum: 8 * 2 ** 20 }));
const elsewhere = pages(Memory.linear({ maximum: 8 * 2 ** 20 }));
const layout = Layout.of(64);
const empty = Layout.of(0);
const take = (allocator: Allocator, asked = layout) => orThrow(allocator.allocate(asked), asked);
const tenants = (limits: { bytes?: number; count?: number }) => {
  const both = budget(limits);
  return {
    both,
    one: limit(system({ parent }), { budget: both }),
    other: limit(system({ parent: elsewhere }), { budget: both }),
  };
};

describe("a limit by count", () => {
  test("bounds the number of live blocks of any size", () => {
    const heap = limit(system({ parent }), { count: 2 });
    const ptr = take(heap, Layout.of(1));
    take(heap, Layout.of(50_000));
    expect([heap.allocate(Layout.of(1)), heap.allocateZeroed(Layout.of(1)), heap.numLive]).toEqual([NULL, NULL, 2]);
    heap.deallocate(ptr, Layout.of(1));
    expect(heap.allocate(layout)).not.toBe(NULL);
  });

  test("counts grows from size 0 and shrinks to it, and no other resize", () => {
    const heap = limit(system({ parent }), { count: 1 });
    const ptr = orThrow(heap.grow(empty.dangling, empty, layout), layout);
    expect([
      heap.numLive,
      heap.grow(empty.dangling, empty, layout),
      heap.growZeroed(empty.dangling, empty, layout),
    ]).toEqual([1, NULL, NULL]);
    const grown = orThrow(heap.grow(ptr, layout, Layout.of(500)), layout);
    expect(heap.numLive).toBe(1);
    heap.shrink(grown, Layout.of(500), empty);
    heap.deallocate(empty.dangling, empty);
    heap.grow(empty.dangling, empty, empty);
    expect([heap.numLive, heap.bytesLive]).toEqual([0, 0]);
  });

  test("of 0 serves nothing, and has no usable size", () => {
    const heap = limit(system({ parent }), { count: 0 });
    expect([heap.usableSize(layout), heap.allocate(layout), heap.allocate(empty)]).toEqual([0, NULL, empty.dangling]);
  });

  test("and by bytes holds both", () => {
    const heap = limit(system({ parent }), { bytes: 128, count: 3 });
    take(heap);
    take(heap);
    expect([heap.allocate(Layout.of(1)), heap.bytes, heap.count]).toEqual([NULL, 128, 3]);
  });
});

describe("a shared budget", () => {
  test("bounds allocators of several memories", () => {
    const { both, one, other } = tenants({ bytes: 128 });
    const ptr = take(one);
    take(other);
    expect([one.allocate(layout), other.allocate(layout), both.bytesLive, both.numLive]).toEqual([NULL, NULL, 128, 2]);
    one.deallocate(ptr, layout);
    expect(other.allocate(layout)).not.toBe(NULL);
  });

  test("bounds the blocks of all allocators together", () => {
    const { one, other } = tenants({ count: 2 });
    take(one);
    take(other);
    expect([one.allocate(layout), other.allocate(layout)]).toEqual([NULL, NULL]);
  });

  test.each(["reset", "dispose"] as const)("gets back exactly the live blocks of an allocator on its %s", (end) => {
    const { both, one, other } = tenants({ bytes: 192 });
    take(one);
    take(one);
    take(other);
    one[end]();
    expect([both.bytesLive, both.numLive, other.bytesLive]).toEqual([64, 1, 64]);
    if (end === "dispose") one.dispose();
    expect(both.bytesLive).toBe(64);
  });

  test("applies in addition to the limit of each", () => {
    const both = budget({ bytes: 128 });
    const one = limit(system({ parent }), { bytes: 64, budget: both });
    take(one);
    expect([one.allocate(layout), limit(system({ parent }), { budget: both }).allocate(layout) !== NULL]).toEqual([
      NULL,
      true,
    ]);
  });

  test("that is too small for a layout makes its usable size 0", () => {
    const { one } = tenants({ bytes: 63 });
    expect([one.usableSize(layout), tenants({ count: 0 }).one.usableSize(layout)]).toEqual([0, 0]);
  });

  test("never keeps a block from shrinking", () => {
    const { both, one, other } = tenants({ bytes: 1000 });
    const ptr = take(one, Layout.of(500));
    take(other, Layout.of(480));
    // Another limit that shares it may have more than was guaranteed: set by hand here.
    (both as unknown as { add(bytes: number, blocks: number): void }).add(2000, 0);
    expect(one.shrink(ptr, Layout.of(500), Layout.of(100))).not.toBe(NULL);
  });

  test("has its words in the given memory, by default in none", () => {
    const shared = Memory.linear({ maximum: 2 ** 20, shared: true });
    const heap = limit(freeList(64, { parent: pages(shared) }), { budget: budget({ bytes: 99, memory: shared }) });
    const { live, budget: words } = heap.describeSelf().state;
    expect([live!.buffer, words!.buffer].map((buffer) => buffer.constructor.name)).toEqual(
      Array(2).fill("SharedArrayBuffer"),
    );
    expect(tenants({ bytes: 1 }).one.describeSelf().state.budget!.buffer.constructor.name).toBe("ArrayBuffer");
  });

  test.each([{ bytes: -1 }, { bytes: 1.5 }, { bytes: -Infinity }])("of %o is refused as a size", (limits) => {
    expect([codeThrown(() => budget(limits)), codeThrown(() => limit(system({ parent }), limits))]).toEqual([
      "size",
      "size",
    ]);
  });

  test.each([{ count: -1 }, { count: 0.5 }, { count: NaN }])("of %o is refused as a count", (limits) => {
    expect([codeThrown(() => budget(limits)), codeThrown(() => limit(system({ parent }), limits))]).toEqual([
      "count",
      "count",
    ]);
  });
});

test("a budget prints its counts, and JSON shows them without its words", () => {
  const { both, one } = tenants({ bytes: 1000 });
  take(one);
  expect([`${both}`, inspect(both), JSON.parse(JSON.stringify(both)), Object.keys(both)]).toEqual([
    "budget(bytesLive 64 of 1000, numLive 1)",
    "budget(bytesLive 64 of 1000, numLive 1)",
    { bytes: 1000, count: null, bytesLive: 64, numLive: 1 },
    ["bytes", "count"],
  ]);
});
