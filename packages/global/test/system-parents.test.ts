import { type Allocator, can, Layout, Memory, type Pages, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { type SystemHeap, system } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, bytes, fill, KiB, MiB, overlaps, RUNS, take, upTo, withoutResize } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);

const step = fc.record({
  heap: fc.nat(),
  size: fc.oneof(fc.integer({ min: 1, max: 1100 }), fc.integer({ min: 1, max: 40_000 })),
  align: fc.nat(12).map((power) => 2 ** power),
  release: fc.option(fc.nat(), { freq: 2 }),
});

/** Runs a program on several heaps of one memory; their blocks must be disjoint, and owned only by the heap that served them. */
function expectSideBySide(
  heaps: readonly SystemHeap[],
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
) {
  const live: { heap: SystemHeap; ptr: Ptr; layout: Layout }[] = [];
  for (const { heap: index, size, align, release } of steps) {
    const heap = heaps[index % heaps.length]!;
    const layout = of(size, align);
    const ptr = heap.allocate(layout);
    if (ptr !== 0) live.push({ heap, ptr, layout });
    if (release === null || live.length === 0) continue;
    const [gone] = live.splice(release % live.length, 1);
    gone!.heap.deallocate(gone!.ptr, gone!.layout);
  }
  for (const heap of heaps) heap.check();
  expect(overlaps(live.map(({ ptr, layout }) => [ptr, ptr + layout.size] as const))).toBe(0);
  for (const { heap, ptr, layout } of live) {
    expect(ptr % layout.align).toBe(0);
    expect(heaps.filter((other) => other.owns(ptr))).toEqual([heap]);
    heap.deallocate(ptr, layout);
  }
  for (const heap of heaps) heap.trim();
}

describe("several heaps in one memory stay disjoint, each owns its blocks, and all memory goes back", () => {
  test.each<[string, (root: Pages) => Allocator[]]>([
    ["over the root", (root) => [root, root, root]],
    ["over parents of different kinds", (root) => [root, withoutResize(root), upTo(70 * KiB, root)]],
    ["over free lists", (root) => [8, 12].map((blocks) => freeList(64 * KiB, { blocks, parent: root }))],
    ["over other heaps", (root) => [system({ parent: root }), system({ parent: root })]],
  ])("%s", (_, parentsOf) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const root = addresses(2 * MiB);
        const parents = parentsOf(root);
        const before = parents.map((parent) => parent.footprint().held);
        expectSideBySide(
          parents.map((parent) => system({ parent })),
          steps,
        );
        for (const parent of parents) if (can(parent, "trim")) parent.trim();
        expect(parents.map((parent) => parent.footprint().held)).toEqual(before);
      }),
      { ...RUNS, numRuns: 40 },
    );
  });
});

describe("a heap in a heap", () => {
  test("raises its chunk if that lies at the top of the outer heap", () => {
    const outer = system({ parent: addresses() });
    const inner = system({ parent: outer });
    take(inner, of(60_000));
    take(inner, of(600_000));
    expect(inner.describe().nodes[0]!.state.chunks![0]).toBe(1);
  });

  test("gives everything back by dispose", () => {
    const outer = system({ parent: addresses() });
    const inner = system({ parent: outer });
    for (let size = 1; size < 100_000; size *= 3) take(inner, of(size));
    inner.dispose();
    outer.check();
    expect(outer.footprint().held).toBe(0);
  });
});

describe("when there is no room", () => {
  test.each([16, 100, 1000, 5000, 300_000])(
    "blocks of %i end in NULL, and give all memory back when released",
    (size) => {
      const heap = system({ parent: bytes(MiB) });
      const whole = of(MiB - 64 * KiB);
      heap.deallocate(take(heap, whole), whole);
      const blocks = fill(heap, of(size));
      expect(blocks.length * size).toBeGreaterThan(0.9 * size * Math.floor(whole.size / size));
      for (const ptr of blocks) heap.deallocate(ptr, of(size));
      heap.check();
      take(heap, whole);
    },
  );

  test("in a free list of 8 blocks of 64 KiB, 8 such blocks are served, and 8 again", () => {
    const heap = system({ parent: freeList(64 * KiB, { blocks: 8, parent: addresses() }) });
    const blocks = fill(heap, of(64 * KiB));
    expect(blocks.length).toBe(8);
    for (const ptr of blocks) heap.deallocate(ptr, of(64 * KiB));
    heap.check();
    expect(fill(heap, of(64 * KiB)).length).toBe(8);
  });

  test.each([
    [4000, 8],
    [4096, 4096],
  ])("the place of a released block of %i bytes at align %i is served again", (size, align) => {
    const heap = system({ parent: addresses(MiB) });
    const blocks = fill(heap, of(size, align));
    heap.deallocate(blocks[10]!, of(size, align));
    expect(heap.allocate(of(size, align))).toBe(blocks[10]);
  });

  test("a linear memory of 4 MiB serves at least nine tenths of it", () => {
    const heap = system({ parent: pages(Memory.linear({ maximum: 4 * MiB })) });
    expect(fill(heap, of(4096)).length * 4096).toBeGreaterThan(0.9 * 4 * MiB);
  });
});

describe("in a shared memory, whose words other threads hold, none is replaced", () => {
  /** The names of the words that a program replaces in a heap. */
  function replacedBy(parent: Allocator, program: (heap: SystemHeap) => void): string[] {
    const heap = system({ parent });
    const before = heap.describe().nodes[0]!.state;
    program(heap);
    heap.check();
    const after = heap.describe().nodes[0]!.state;
    return Object.keys(before).filter((name) => before[name] !== after[name]);
  }
  const shared = (length: number) => pages(Memory.over(new SharedArrayBuffer(length), { owner: true }));

  test.each([8, 512, 1025])("by as many blocks of %i as there is room for", (size) => {
    expect(replacedBy(shared(MiB), (heap) => fill(heap, of(size)))).toEqual([]);
  });

  test("by chunks of 4 KiB each", () => {
    const parent = freeList(4 * KiB, { blocks: 200, parent: shared(MiB) });
    expect(replacedBy(parent, (heap) => fill(heap, of(2000)))).toEqual([]);
  });
});

test("a shared memory of 100,000 bytes, which is not a multiple of 512, works", () => {
  const heap = system({ parent: pages(Memory.over(new SharedArrayBuffer(100_000), { owner: true })) });
  expect(heap.sizeAt(take(heap, of(1000)))).toBe(1024);
});
