import { Layout, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, bytes, fill, GiB, KiB, MiB, RUNS, take, upTo, withoutResize, wordsOf } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);
const times = <T>(count: number, call: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => call(i));

describe.each([
  ["system", system],
  ["tinyHeap", tinyHeap],
])("switching is one import: the same program on %s", (_, make) => {
  test("builds and grows a list of words, and gives everything back", () => {
    const root = bytes();
    const { held } = root.footprint();
    {
      using heap = make({ parent: root });
      let capacity = Layout.array(of(4, 4), 4);
      let list = take(heap, capacity);
      for (let number = 0; number < 10_000; number++) {
        if (4 * number === capacity.size) {
          const larger = of(2 * capacity.size, 4);
          list = heap.grow(list, capacity, larger) as Ptr;
          capacity = larger;
        }
        heap.memory.view(Uint32Array, list, number + 1)[number] = number * number;
        if (number % 100 === 0) take(heap, of(1 + (number % 700)));
      }
      const squares = heap.memory.view(Uint32Array, list, 10_000);
      expect(squares.every((square, number) => square === number * number)).toBe(true);
      expect([heap.owns(list), heap.sizeAt(list) >= capacity.size]).toEqual([true, true]);
      heap.deallocate(list, capacity);
      heap.check();
      heap.reset();
      heap.trim();
      expect(heap.footprint().held).toBe(0);
    }
    expect(root.footprint().held).toBe(held);
  });
});

describe("alignment", () => {
  test.each(times(18, (power) => 2 ** power))("%i is kept by blocks of 1 to 70000 bytes", (align) => {
    const heap = tinyHeap({ parent: addresses(64 * MiB) });
    const blocks: Ptr[] = [];
    for (let size = 1; size <= 70_000; size = Math.ceil(size * 1.3)) blocks.push(take(heap, of(size, align)));
    heap.check();
    expect(blocks.filter((ptr) => ptr % align !== 0)).toEqual([]);
  });

  test("leaves the padding free for others", () => {
    const heap = tinyHeap({ parent: addresses() });
    const low = take(heap, of(8));
    const aligned = take(heap, of(8, 64 * KiB));
    const between = fill(upToAddress(heap, aligned), of(8));
    expect(aligned).toBe(64 * KiB);
    expect(between.length).toBe((aligned - low - 8) / 8);
  });

  test("of 1 GiB is served if the memory has it", () => {
    const heap = tinyHeap({ parent: addresses(4 * GiB) });
    expect(take(heap, of(2 * GiB, GiB))).toBe(GiB);
    heap.check();
  });
});

/** The same heap, moved until it serves from a given address on. */
function upToAddress(heap: ReturnType<typeof tinyHeap>, address: number) {
  return Object.assign(Object.create(heap) as typeof heap, {
    allocate: (layout: Layout) => {
      const ptr = heap.allocate(layout);
      return ptr < address ? ptr : 0;
    },
  });
}

describe("released blocks become one range again", () => {
  test("after blocks of any sizes were released in any order, one block can have the whole chunk", () => {
    const layouts = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat(9)), { minLength: 1, maxLength: 80 });
    const order = fc.infiniteStream(fc.nat());
    fc.assert(
      fc.property(layouts, order, (layouts, order) => {
        const heap = tinyHeap({ parent: freeList(64 * KiB, { blocks: 1, parent: addresses() }) });
        const live = layouts.map(([size, power]) => ({ layout: of(size, 2 ** power), ptr: 0 as Ptr | 0 }));
        for (const block of live) block.ptr = heap.allocate(block.layout);
        while (live.length > 0) {
          const [{ ptr, layout }] = live.splice(order.next().value % live.length, 1) as [(typeof live)[number]];
          if (ptr !== 0) heap.deallocate(ptr, layout);
          heap.check();
        }
        take(heap, of(64 * KiB));
      }),
      RUNS,
    );
  });

  test("adjacent chunks stay apart, because each is released by itself", () => {
    const root = addresses();
    const heap = tinyHeap({ parent: withoutResize(root) });
    const [low, high] = [take(heap, of(64 * KiB)), take(heap, of(64 * KiB))];
    expect(high).toBe(low + 64 * KiB);
    heap.deallocate(low, of(64 * KiB));
    heap.trim();
    expect(root.footprint().held).toBe(64 * KiB);
    heap.deallocate(high, of(64 * KiB));
    heap.trim();
    expect(root.footprint().held).toBe(0);
  });
});

describe("a block is resized in place", () => {
  test("at the end of the highest chunk, however far the parent can go", () => {
    const heap = tinyHeap({ parent: addresses() });
    const ptr = take(heap, of(2000));
    expect(heap.grow(ptr, of(2000), of(8 * MiB))).toBe(ptr);
    heap.check();
  });

  test("into the free range after it, up to its last granule", () => {
    const heap = tinyHeap({ parent: addresses() });
    const [low, middle] = times(3, () => take(heap, of(2000))) as [Ptr, Ptr];
    heap.deallocate(middle, of(2000));
    expect(heap.resizeInPlace(low, of(2000), of(4001))).toBe(false);
    expect(heap.resizeInPlace(low, of(2000), of(4000))).toBe(true);
    heap.check();
  });

  test("to a smaller size, and the rest serves other blocks", () => {
    const heap = tinyHeap({ parent: addresses() });
    const [low] = times(2, () => take(heap, of(8000))) as [Ptr];
    expect(heap.shrink(low, of(8000), of(17))).toBe(low);
    expect(take(heap, of(7976))).toBe(low + 24);
  });
});

describe("usableSize is 0", () => {
  test("for more than the memory or the parent can ever have", () => {
    const heap = tinyHeap({ parent: addresses(MiB) });
    const whole = MiB - 256;
    expect([whole, whole + 1, 2 ** 32 - 8].map((size) => heap.usableSize(of(size)))).toEqual([whole, 0, 0]);
    const limited = tinyHeap({ parent: upTo(100_000, addresses()) });
    expect([100_000, 100_001].map((size) => limited.usableSize(of(size)))).toEqual([100_000, 0]);
  });

  test("for an align at which no address of the memory is left", () => {
    expect(tinyHeap({ parent: addresses(MiB) }).usableSize(of(8, MiB))).toBe(0);
  });
});

test.each([of(2 ** 32 - 1, 1), of(2 ** 32 - 8), of(2 ** 31, 2 ** 31), of(2 ** 32 - 65536, 65536)])(
  "%s gets NULL, and changes nothing",
  (layout) => {
    const root = addresses(4 * GiB);
    take(root, of(4 * GiB - 2 * 65536 - MiB, 4096));
    const heap = tinyHeap({ parent: root });
    const live = take(heap, of(100));
    expect(heap.allocate(layout)).toBe(0);
    const before = wordsOf(heap);
    expect([heap.allocate(layout), heap.resizeInPlace(live, of(100), of(2 ** 32 - 8))]).toEqual([0, false]);
    expect(wordsOf(heap)).toEqual(before);
  },
);

test("all state lies in the words: restored, they make the heap serve the same addresses again", () => {
  const root = addresses();
  const heap = tinyHeap({ parent: root });
  const sizes = fc.sample(fc.integer({ min: 1, max: 5000 }), { seed: 3, numRuns: 300 });
  const program = () => sizes.map((bytes) => heap.allocate(of(bytes)));
  const first = program();
  for (const [index, ptr] of first.entries()) if (index % 2 === 0) heap.deallocate(ptr as Ptr, of(sizes[index]!));
  const states = [heap, root].map((allocator) => structuredClone(allocator.describeSelf().state));
  const second = program();
  for (const [index, allocator] of [heap, root].entries()) {
    for (const [name, words] of Object.entries(allocator.describeSelf().state)) {
      words.fill(0 as never);
      words.set(states[index]![name] as never);
    }
  }
  heap.check();
  expect(program()).toEqual(second);
});

test("a block that would move in a memory without bytes throws no-bytes and stays", () => {
  const heap = tinyHeap({ parent: addresses() });
  const [low] = times(2, () => take(heap, of(2000))) as [Ptr];
  expect(() => heap.grow(low, of(2000), of(4000))).toThrow(expect.objectContaining({ code: "no-bytes" }));
  expect(heap.sizeAt(low)).toBe(2000);
});

test("describe names the heap and its parent", () => {
  const { nodes, root } = tinyHeap({ parent: addresses() }).describe();
  expect([nodes[root]!.kind, nodes[nodes[root]!.parent!]!.kind]).toEqual(["tinyHeap", "pages"]);
});
