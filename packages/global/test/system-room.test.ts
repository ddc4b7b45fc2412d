import { Layout, type Pages, type Ptr } from "@alloc/core";
import { system } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, fill, KiB, MiB, shuffled, take, upTo, withoutResize } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);
const times = <T>(count: number, call: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => call(i));

describe("while the caches have room", () => {
  test.each([1, 3])("in %i parked blocks, the heap does not grow for others", (count) => {
    const heap = system({ parent: addresses() });
    const blocks = times(count, () => take(heap, of(5000)));
    take(heap, of(1100));
    for (const ptr of blocks) heap.deallocate(ptr, of(5000));
    const { held } = heap.footprint();
    const others = times(4 * count, () => take(heap, of(1100)));
    expect(others.filter((ptr) => ptr < blocks[0]! || ptr >= blocks.at(-1)! + 5056)).toEqual([]);
    expect(heap.footprint().held).toBe(held);
    heap.check();
  });

  test("in empty slabs, the heap does not grow for others", () => {
    const heap = system({ parent: addresses() });
    const blocks = times(200, () => take(heap, of(1000)));
    take(heap, of(1100));
    for (const ptr of blocks) heap.deallocate(ptr, of(1000));
    const { held } = heap.footprint();
    times(20, () => take(heap, of(3000)));
    expect(heap.footprint().held).toBe(held);
    heap.check();
  });

  test.each([
    [16, 4000],
    [64, 1025],
    [1000, 5000],
    [5000, 64],
    [200, 100],
  ])(
    "in everything that 512 KiB of %i bytes each left, it grows for blocks of %i by at most a 32nd part",
    (first, second) => {
      const heap = system({ parent: addresses() });
      const blocks = times((512 * KiB) / first, () => take(heap, of(first)));
      take(heap, of(1100));
      for (const ptr of shuffled(blocks)) heap.deallocate(ptr, of(first));
      const { peak } = heap.footprint();
      times((400 * KiB) / second, () => take(heap, of(second)));
      expect(heap.footprint().peak).toBeLessThanOrEqual((peak * 33) / 32);
      heap.check();
    },
  );
});

describe("NULL is returned only if no cache is left to empty", () => {
  test.each([4, 24, 64, 512, 1024, 1025, 5000])(
    "blocks of %i released in any order leave the whole room of a full memory, in every round",
    (size) => {
      const heap = system({ parent: addresses(MiB) });
      const whole = of(900 * KiB);
      for (let round = 0; round < 4; round++) {
        for (const ptr of shuffled(fill(heap, of(size, 1)), round)) heap.deallocate(ptr, of(size, 1));
        const large = heap.allocate(whole);
        expect(large, `round ${round}`).not.toBe(0);
        heap.deallocate(large as Ptr, whole);
        heap.check();
      }
    },
  );

  test("a parked block is given up for one of another size if the rest of the memory is in use", () => {
    const root = addresses(MiB);
    const heap = system({ parent: root });
    heap.deallocate(take(heap, of(500 * KiB)), of(500 * KiB));
    heap.trim();
    const [, parked] = [take(heap, of(60 * KiB)), take(heap, of(20 * KiB)), take(heap, of(2000))];
    heap.trim();
    fill(root, of(4 * KiB));
    heap.deallocate(parked!, of(20 * KiB));
    const ptr = heap.allocate(of(10 * KiB));
    expect(ptr).toBe(parked);
  });

  test("free blocks of one class make room for those of every other, if the parent cannot resize", () => {
    const heap = system({ parent: upTo(64 * KiB, withoutResize(addresses(MiB))) });
    const sizes = [8, 1000, 24, 5000, 64, 30_000, 16];
    const counts = sizes.map((size) => {
      const blocks = fill(heap, of(size));
      for (const ptr of shuffled(blocks, size)) heap.deallocate(ptr, of(size));
      heap.check();
      // Chunks that the parent shortened stay so while the heap holds them.
      heap.trim();
      return blocks.length * size;
    });
    expect(Math.min(...counts)).toBeGreaterThan(0.75 * (MiB - 64 * KiB));
  });

  test("a full memory serves the same number of blocks again", () => {
    const heap = system({ parent: addresses(MiB) });
    for (const size of [8, 100, 1024, 3000]) {
      const blocks = fill(heap, of(size));
      for (const ptr of shuffled(blocks)) heap.deallocate(ptr, of(size));
      const again = fill(heap, of(size));
      expect(again.length).toBeGreaterThan(0.99 * blocks.length);
      for (const ptr of again) heap.deallocate(ptr, of(size));
    }
  });
});

describe("after all blocks are released", () => {
  const parents: Record<string, (root: Pages) => ReturnType<typeof withoutResize> | Pages> = {
    "a parent that can resize": (root) => root,
    "a parent that cannot": withoutResize,
    "a parent with at most 70 KiB": (root) => upTo(70 * KiB, root),
  };
  /** A mixed program; returns the live blocks at its end. */
  const program = (heap: ReturnType<typeof system>, seed: number) => {
    const sizes = fc.sample(fc.oneof(fc.integer({ min: 1, max: 1100 }), fc.integer({ min: 1, max: 30_000 })), {
      seed,
      numRuns: 1500,
    });
    const live: { ptr: Ptr; layout: Layout }[] = [];
    for (const [index, size] of sizes.entries()) {
      const layout = of(size, 2 ** (index % 8));
      const ptr = heap.allocate(layout);
      if (ptr !== 0) live.push({ ptr, layout });
      if (index % 3 === 2) {
        const [gone] = live.splice((index * 7919) % live.length, 1);
        heap.deallocate(gone!.ptr, gone!.layout);
      }
    }
    return live;
  };

  test.each(Object.entries(parents))("trim gives everything back to %s", (_, parentOf) => {
    const root = addresses(32 * MiB);
    const before = root.footprint().held;
    const heap = system({ parent: parentOf(root) });
    for (const seed of [1, 2]) {
      for (const { ptr, layout } of shuffled(program(heap, seed))) heap.deallocate(ptr, layout);
      heap.trim();
      heap.check();
      expect([root.footprint().held, heap.footprint().held]).toEqual([before, 0]);
    }
  });

  test.each(Object.entries(parents))("dispose gives everything back to %s, even with live blocks", (_, parentOf) => {
    const root = addresses(32 * MiB);
    const before = root.footprint().held;
    const heap = system({ parent: parentOf(root) });
    expect(program(heap, 1).length).toBeGreaterThan(500);
    heap.dispose();
    expect(root.footprint().held).toBe(before);
  });

  test("trim keeps live blocks, wherever they lie", () => {
    const heap = system({ parent: withoutResize(addresses(32 * MiB)) });
    const live = shuffled(program(heap, 3));
    const gone = live.splice(0, live.length - 40);
    for (const { ptr, layout } of gone) heap.deallocate(ptr, layout);
    heap.trim();
    heap.check();
    expect(live.filter(({ ptr, layout }) => heap.sizeAt(ptr) !== heap.usableSize(layout))).toEqual([]);
    expect(live.filter(({ ptr }) => !heap.owns(ptr))).toEqual([]);
  });
});

test("aligned holes are used again before the heap grows, however many unaligned ones of their size are in front", () => {
  const heap = system({ parent: addresses(64 * MiB) });
  const hole = Layout.of(4096, 4096);
  const plain = Layout.of(4096, 16);
  const pin = Layout.of(1500, 16);
  const unaligned = Array.from({ length: 200 }, () => {
    heap.allocate(pin);
    return heap.allocate(plain) as Ptr;
  });
  const holes = Array.from({ length: 500 }, () => {
    const ptr = heap.allocate(hole) as Ptr;
    heap.allocate(plain);
    return ptr;
  });
  for (const ptr of holes) heap.deallocate(ptr, hole);
  heap.trim();
  for (const ptr of unaligned) heap.deallocate(ptr, plain);
  heap.trim();
  const { held } = heap.footprint();
  for (let count = 0; count < 500; count++) heap.allocate(hole);
  expect(heap.footprint().held).toBe(held);
});
