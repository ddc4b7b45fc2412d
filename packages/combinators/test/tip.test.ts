/** Where a free tree finds room, what it requests from its child, and what it returns. */
import { freeTree } from "@alloc/combinators";
import { Allocator, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { gatedMemory } from "../../../checks/support/gated.ts";
import { layoutOfGranules } from "../src/regions/tip.ts";
import { bump } from "./support/bump.ts";

const take = (allocator: Allocator, size: number, align = 8) =>
  orThrow(allocator.allocate(Layout.of(size, align)), Layout.of(size, align));
const give = (allocator: Allocator, ptr: Ptr, size: number) => allocator.deallocate(ptr, Layout.of(size));
/** Blocks of the given numbers of granules, one after the other from 65536 on. */
const takeGranules = (allocator: Allocator, ...lengths: number[]) =>
  lengths.map((length) => take(allocator, 8 * length));
const granule = (at: number) => 65536 + 8 * at;

describe("without free ranges, if numbers of records equal those of granules", () => {
  /** Blocks of one granule from 1 to 5. Three were free at once, so 3 is both the number of records and the first spare one. */
  const full = () => {
    const it = bump({ base: 8 });
    const blocks = takeGranules(it.heap, 1, 1, 1, 1, 1);
    for (const at of [0, 2, 4]) give(it.heap, blocks[at]!, 8);
    takeGranules(it.heap, 1, 1, 1);
    const [count, spare, byAddress, , byLength] = it.heap.tip.ranges.words;
    expect([count, spare, byAddress, byLength]).toEqual([3, 3, 0, 0]);
    return it;
  };

  test("no block grows into another", () => {
    expect(full().heap.resizeInPlace(16 as Ptr, Layout.of(8), Layout.of(16))).toBe(false);
  });

  test("a request is served from bytes added by the child", () => {
    expect(take(full().heap, 16)).toBe(48);
  });

  test("trim returns nothing", () => {
    const { heap, calls } = full();
    calls.length = 0;
    heap.trim();
    expect(calls).toEqual(["trim"]);
  });
});

describe("an aligned request", () => {
  test("takes a range that holds it to the last granule", () => {
    const { heap, calls } = bump();
    const blocks = takeGranules(heap, 3, 5, 1);
    give(heap, blocks[1]!, 40);
    calls.length = 0;
    expect([take(heap, 32, 32), calls]).toEqual([granule(4), []]);
  });

  test("that the best fit does not hold takes the smallest range that certainly does", () => {
    const { heap, calls } = bump();
    const blocks = takeGranules(heap, 1, 4, 1, 5, 1, 9, 1);
    for (const [at, length] of [
      [1, 4],
      [3, 5],
      [5, 9],
    ] as const)
      give(heap, blocks[at]!, 8 * length);
    calls.length = 0;
    expect([take(heap, 16, 32), calls]).toEqual([granule(8), []]);
  });

  test("that no range certainly holds takes the last range if it fits, without the child", () => {
    const { heap, calls } = bump({ step: 512 });
    const blocks = takeGranules(heap, 1, 9, 44);
    give(heap, blocks[1]!, 72);
    calls.length = 0;
    expect([take(heap, 64, 64), calls]).toEqual([granule(56), []]);
    heap.check();
  });
});

describe("the child is asked", () => {
  test("to extend its last block by the missing bytes", () => {
    const { heap, calls } = bump();
    takeGranules(heap, 3, 2);
    expect(take(heap, 16, 64)).toBe(granule(8));
    expect(calls).toEqual([
      "allocate Layout(24, align 8)",
      "resize 65536 Layout(40, align 8)",
      "resize 65536 Layout(80, align 8)",
    ]);
    heap.check();
  });

  test("for a new block if that fails, whose remainder serves another request", () => {
    const { heap, calls } = bump({ resizes: false, step: 64 });
    expect(takeGranules(heap, 8, 3, 5)).toEqual([granule(0), granule(8), granule(11)]);
    expect(calls).toEqual([
      "allocate Layout(64, align 8)",
      "resize 65536 Layout(88, align 8)",
      "allocate Layout(24, align 8)",
    ]);
  });

  test("for a new block if it cannot resize, even one below the free ranges", () => {
    const ptrs = [131_072, 65_536] as Ptr[];
    const usableSize = ({ size }: Layout) => Math.ceil(size / 64) * 64;
    const space = Memory.virtual(2 ** 20);
    const heap = freeTree(
      Allocator.from({ memory: space, allocate: () => ptrs.shift() ?? NULL, deallocate: () => {}, usableSize }),
    );
    expect([take(heap, 8), take(heap, 64), take(heap, 56)]).toEqual([131_072, 65_536, 131_080]);
  });

  test("for a new block if the last one would not end below 4 GiB", () => {
    const { heap, calls } = bump();
    take(heap, 64);
    calls.length = 0;
    expect(heap.allocate(Layout.of(2 ** 32 - 8))).toBe(NULL);
    expect(calls).toEqual(["allocate Layout(4294967288, align 8)"]);
  });

  test("for nothing if the growing block is not at its end", () => {
    const { heap, calls } = bump();
    const [first, , last] = takeGranules(heap, 2, 2, 2);
    calls.length = 0;
    expect(heap.resizeInPlace(first!, Layout.of(16), Layout.of(24))).toBe(false);
    expect(calls).toEqual([]);
    expect(heap.resizeInPlace(last!, Layout.of(16), Layout.of(24))).toBe(true);
    expect(calls).toEqual(["resize 65536 Layout(56, align 8)"]);
    heap.check();
  });

  test("for nothing if a block grows after all blocks were returned", () => {
    const { heap, calls } = bump({ resizes: false });
    const [first, second] = takeGranules(heap, 2, 2);
    give(heap, second!, 16);
    heap.trim();
    calls.length = 0;
    expect(heap.resizeInPlace(first!, Layout.of(16), Layout.of(24))).toBe(false);
    expect(calls).toEqual([]);
  });
});

describe("trim", () => {
  test("without blocks, or without free ranges, requests nothing", () => {
    const { heap, calls } = bump();
    heap.trim();
    const [first] = takeGranules(heap, 2, 2);
    give(heap, first!, 16);
    calls.length = 0;
    heap.trim();
    expect(calls).toEqual(["trim"]);
    heap.check();
  });

  test("shortens the last block, and bytes that the child keeps in it stay free", () => {
    const { heap, calls } = bump({ step: 64 });
    const blocks = takeGranules(heap, 3, 20);
    give(heap, blocks[1]!, 160);
    calls.length = 0;
    heap.trim();
    expect(calls).toEqual(["resize 65536 Layout(24, align 8)", "trim"]);
    heap.check();
    calls.length = 0;
    expect(takeGranules(heap, 5, 1)).toEqual([granule(3), granule(8)]);
    expect(calls).toEqual(["resize 65536 Layout(72, align 8)"]);
  });

  test("keeps bytes that the child does not take back", () => {
    const { heap, calls } = bump({ resizes: false });
    const inner = takeGranules(heap, 6);
    expect(heap.resizeInPlace(inner[0]!, Layout.of(48), Layout.of(16))).toBe(true);
    heap.trim();
    expect(takeGranules(heap, 4)).toEqual([granule(2)]);
    expect(calls).toEqual(["allocate Layout(48, align 8)", "resize 65536 Layout(16, align 8)", "trim"]);
    heap.check();
  });

  test("returns the youngest block and keeps the free range before it", () => {
    const { heap, calls } = bump({ resizes: false });
    const blocks = takeGranules(heap, 4, 6);
    for (const [at, length] of [4, 6].entries()) give(heap, blocks[at]!, 8 * length);
    calls.length = 0;
    heap.trim();
    expect(calls).toEqual([`deallocate ${granule(4)} Layout(48, align 8)`, "trim"]);
    heap.check();
    expect([heap.owns(blocks[1]!), takeGranules(heap, 4)]).toEqual([false, [granule(0)]]);
  });
});

test("dispose returns all blocks, the highest first", () => {
  const { heap, calls } = bump({ resizes: false });
  takeGranules(heap, 1, 2, 3);
  calls.length = 0;
  heap.dispose();
  expect(calls).toEqual([
    `deallocate ${granule(3)} Layout(24, align 8)`,
    `deallocate ${granule(1)} Layout(16, align 8)`,
    `deallocate ${granule(0)} Layout(8, align 8)`,
  ]);
});

test("in a shared memory there are words for the maximum number of ranges from the start", () => {
  const heap = freeTree(scoped(60_000, { parent: pages(Memory.linear({ maximum: 2 * 65536, shared: true })) }));
  const { ranges, segments } = heap.describeSelf().state;
  const blocks = Array.from({ length: 7500 }, () => take(heap, 8));
  for (const ptr of blocks.filter((_, at) => at % 2 === 0)) give(heap, ptr, 8);
  heap.check();
  expect(heap.describeSelf().state).toMatchObject({ ranges, segments });
  expect([ranges!.length, segments!.length]).toEqual([6 * ((2 * 65536) / 16 + 1), 2 + 3 * 4096]);
});

test("in a memory that threads share a block of the child beyond those that the words have room for is not asked for", () => {
  const memory = gatedMemory();
  const asked: Layout[] = [];
  let next = 65536;
  const child = Allocator.from({
    memory,
    allocate(layout) {
      asked.push(layout);
      next += 64;
      return next as Ptr;
    },
    deallocate() {},
  });
  const heap = freeTree(child);
  for (let block = 0; block < 4096; block++) take(heap, 8);
  expect([heap.allocate(Layout.of(8)), asked.length]).toEqual([NULL, 4096]);
});

test("the words of ranges have room for one per 192 bytes, from 65,536 to 524,288, and never for more than are possible", () => {
  const lengths = [2 ** 18, 2 ** 22, 2 ** 24, 2 ** 27].map((maximum) => {
    const memory = Memory.linear({ initial: 65536, maximum, shared: true });
    return freeTree(pages(memory).byRef()).describeSelf().state.ranges!.length / 6 - 1;
  });
  expect(lengths).toEqual([2 ** 14, 2 ** 16, Math.ceil(2 ** 24 / 192), 2 ** 19]);
});

test("the largest number of granules still ends below 4 GiB", () => {
  expect([2 ** 29 - 1, 2 ** 29].map((length) => layoutOfGranules(length, 1)?.size)).toEqual([2 ** 32 - 8, undefined]);
  expect([2 ** 28, 2 ** 28 + 1].map((length) => layoutOfGranules(length, 2 ** 31)?.size)).toEqual([2 ** 31, undefined]);
});
