import { Layout, type MisuseCode, type Ptr } from "@alloc/core";
import { type SystemHeap, system } from "@alloc/global";
import { describe, expect, test } from "vitest";
import { addresses, bytes, KiB, misuseOf, take, withoutResize, wordsOf } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);
/** Large ones only: small blocks are released without a check. */
const SIZES = [1025, 5000, 100_000];

/** Expects a misuse error with the address, and no changed word of the heap. */
function expectMisuse(heap: SystemHeap, ptr: number, code: MisuseCode, call: () => unknown): void {
  const before = wordsOf(heap);
  const misuse = misuseOf(call);
  expect({ code: misuse.code, message: misuse.message }).toEqual({
    code,
    message: expect.stringMatching(new RegExp(`(^|[^0-9.])${`${ptr}`.replace(".", "\\.")}([^0-9.]|$)`)),
  });
  expect(wordsOf(heap)).toEqual(before);
  heap.check();
}

/** A heap with three live blocks of a layout; the middle one is tested. */
function three(layout: Layout): { heap: SystemHeap; ptr: Ptr } {
  const heap = system({ parent: bytes() });
  const [, ptr] = [take(heap, layout), take(heap, layout), take(heap, layout)];
  return { heap, ptr };
}

/** Every call that takes a pointer; for large blocks, all of them detect a dead one. */
const CALLS: Record<string, (heap: SystemHeap, ptr: Ptr, layout: Layout) => unknown> = {
  deallocate: (heap, ptr, layout) => heap.deallocate(ptr, layout),
  sizeAt: (heap, ptr) => heap.sizeAt(ptr),
  resizeInPlace: (heap, ptr, layout) => heap.resizeInPlace(ptr, layout, of(layout.size + 1)),
  "grow to a larger block": (heap, ptr, layout) => heap.grow(ptr, layout, of(layout.size + 5000)),
  "shrink to a smaller block": (heap, ptr, layout) => heap.shrink(ptr, layout, of(layout.size - 1)),
  "shrink to a small block": (heap, ptr, layout) => heap.shrink(ptr, layout, of(10)),
  "grow to another align": (heap, ptr, layout) => heap.grow(ptr, layout, of(layout.size, 4096)),
};

test("a heap declares no kind of misuse, because it detects none for every block; a checked one declares all four", () => {
  expect([...system({ parent: addresses() }).detects]).toEqual([]);
  expect([...system({ parent: addresses(), checked: true }).detects].sort()).toEqual([
    "double-free",
    "foreign-pointer",
    "interior-pointer",
    "wrong-layout",
  ]);
});

describe("a checked heap detects, of small blocks,", () => {
  const layout = of(24);
  /** A slab of 21 live blocks, with 8 bytes after them. */
  const full = () => {
    const heap = system({ parent: addresses(), checked: true });
    const blocks = Array.from({ length: 21 }, () => take(heap, layout)).sort((a, b) => a - b);
    expect(blocks[20]! - blocks[0]!).toBe(20 * 24);
    return { heap, blocks: blocks as [Ptr, ...Ptr[]] };
  };

  test.each(["at once", "when its magazine was emptied", "when its slab is gone"])("a second release, %s", (when) => {
    const { heap, blocks } = full();
    heap.deallocate(blocks[0], layout);
    if (when !== "at once") heap.trim();
    if (when === "when its slab is gone") {
      for (const ptr of blocks.slice(1)) heap.deallocate(ptr, layout);
      take(heap, of(5000));
      heap.trim();
    }
    expectMisuse(heap, blocks[0], when === "when its slab is gone" ? "wrong-layout" : "double-free", () =>
      heap.deallocate(blocks[0], layout),
    );
  });

  test("a block in a magazine, also in sizeAt", () => {
    const { heap, blocks } = full();
    heap.deallocate(blocks[0], layout);
    expectMisuse(heap, blocks[0], "double-free", () => heap.sizeAt(blocks[0]));
  });

  test("an address after the last block of a slab", () => {
    const { heap, blocks } = full();
    const tail = (blocks[20]! + 24) as Ptr;
    expect(misuseOf(() => heap.deallocate(tail, layout)).code).toBe("double-free");
    heap.check();
  });

  test("a layout of another class, and one of a large block", () => {
    const { heap, blocks } = full();
    for (const other of [of(8), of(32), of(1000), of(5000)]) {
      expectMisuse(heap, blocks[7]!, "wrong-layout", () => heap.deallocate(blocks[7]!, other));
    }
  });
});

describe.each(Object.entries(CALLS))("%s detects", (_, call) => {
  test.each(SIZES)("a block of %i released before", (size) => {
    const { heap, ptr } = three(of(size));
    heap.deallocate(ptr, of(size));
    expectMisuse(heap, ptr, "double-free", () => call(heap, ptr, of(size)));
  });

  test.each(SIZES)("a block of %i released before that is no longer parked", (size) => {
    const { heap, ptr } = three(of(size));
    heap.deallocate(ptr, of(size));
    heap.trim();
    expectMisuse(heap, ptr, "double-free", () => call(heap, ptr, of(size)));
  });

  test.each(SIZES)("an address inside a block of %i, at its second byte, its middle and its last", (size) => {
    const { heap, ptr } = three(of(size));
    for (const offset of [0.5, 1, size / 2, heap.sizeAt(ptr) - 1]) {
      const inside = (ptr + offset) as Ptr;
      expectMisuse(heap, inside, "interior-pointer", () => call(heap, inside, of(size)));
    }
  });

  test("an address inside a small block, passed as a large one", () => {
    const { heap, ptr } = three(of(64));
    expectMisuse(heap, ptr + 8, "interior-pointer", () => call(heap, (ptr + 8) as Ptr, of(5000)));
  });

  test("an address below the heap and one above it", () => {
    const root = bytes();
    const low = take(root, of(4 * KiB));
    const heap = system({ parent: root });
    take(heap, of(100));
    const high = take(root, of(4 * KiB));
    for (const ptr of [low, high, 8 as Ptr, (2 ** 32 - 65_552) as Ptr]) {
      expectMisuse(heap, ptr, "foreign-pointer", () => call(heap, ptr, of(4 * KiB)));
    }
  });

  test("any address of the 2 KiB below the heap, whatever lies in it", () => {
    for (let blocks = 1; blocks <= 40; blocks++) {
      const root = bytes();
      take(root, of(4 * KiB));
      const heap = system({ parent: root });
      const base = take(heap, of(512));
      for (let block = 1; block < blocks; block++) take(heap, of(512));
      for (let ptr = (base - 2 * KiB) as Ptr; ptr < base; ptr = (ptr + 8) as Ptr) {
        expect(misuseOf(() => call(heap, ptr, of(2000))).code).toBe("foreign-pointer");
      }
    }
  });

  test("a block of a heap without any chunk as foreign", () => {
    const heap = system({ parent: bytes() });
    expectMisuse(heap, 65_536, "foreign-pointer", () => call(heap, 65_536 as Ptr, of(2000)));
  });

  test("a block whose chunk was released as foreign", () => {
    const heap = system({ parent: withoutResize(bytes()) });
    const ptr = take(heap, of(100 * KiB));
    heap.deallocate(ptr, of(100 * KiB));
    heap.trim();
    expectMisuse(heap, ptr, "foreign-pointer", () => call(heap, ptr, of(100 * KiB)));
  });

  test("a block from before a reset as released", () => {
    const { heap, ptr } = three(of(5000));
    heap.reset();
    expectMisuse(heap, ptr, "double-free", () => call(heap, ptr, of(5000)));
  });
});

describe("deallocate detects a layout of another size", () => {
  test.each([
    [1025, 1041],
    [1040, 1041],
    [5000, 5057],
    [5000, 4992],
    [100_000, 99_000],
  ])("%i requested, %i released", (asked, released) => {
    const { heap, ptr } = three(of(asked));
    expectMisuse(heap, ptr, "wrong-layout", () => heap.deallocate(ptr, of(released)));
    heap.deallocate(ptr, of(asked));
  });

  test("a small block released as a large one", () => {
    const { heap, ptr } = three(of(1000));
    expectMisuse(heap, ptr, "wrong-layout", () => heap.deallocate(ptr, of(2000)));
    heap.deallocate(ptr, of(1000));
  });
});

describe("resizeInPlace detects a layout of another size", () => {
  test.each([
    [2000, 5000, 5000],
    [2000, 5000, 6000],
    [5000, 2000, 1500],
  ])("of a block of %i, passed as one of %i, to become %i", (asked, said, to) => {
    const { heap, ptr } = three(of(asked));
    expectMisuse(heap, ptr, "wrong-layout", () => heap.resizeInPlace(ptr, of(said), of(to)));
  });
});

test("a large block that is moved by a grow is dead at its old address", () => {
  const { heap, ptr } = three(of(5000));
  const moved = heap.grow(ptr, of(5000), of(50_000));
  expect(moved).not.toBe(ptr);
  expectMisuse(heap, ptr, "double-free", () => heap.deallocate(ptr, of(5000)));
});

test("a small block is released without a look-up, and sizeAt of an address inside one is detected", () => {
  const { heap, ptr } = three(of(64));
  expectMisuse(heap, ptr + 1, "interior-pointer", () => heap.sizeAt((ptr + 1) as Ptr));
  heap.deallocate(ptr, of(64));
  expect(heap.sizeAt(ptr)).toBe(64);
});

describe.each([false, true])("an invalid address, in a heap with checked: %s,", (checked) => {
  const garbage = [undefined, null, NaN, -8, 1.5, "x", 2 ** 33] as unknown as Ptr[];
  const [small, larger, other] = [of(41), of(44), of(100)];

  test.each(garbage)("%s is a foreign pointer to every call, and nothing is written", (ptr) => {
    const root = bytes();
    const heap = system({ parent: root, checked });
    heap.deallocate(take(heap, small), small);
    take(heap, other);
    heap.memory.u8.fill(7);
    const before = wordsOf(heap);
    const calls: [string, () => unknown][] = [
      ["deallocate", () => heap.deallocate(ptr, small)],
      ["grow in its class", () => heap.grow(ptr, small, larger)],
      ["grow to another class", () => heap.grow(ptr, small, other)],
      ["growZeroed in its class", () => heap.growZeroed(ptr, small, larger)],
      ["growZeroed to another class", () => heap.growZeroed(ptr, small, other)],
      ["shrink in its class", () => heap.shrink(ptr, larger, small)],
      ["shrink to another class", () => heap.shrink(ptr, other, small)],
      ["shrink to 0", () => heap.shrink(ptr, small, of(0))],
      ["resizeInPlace in its class", () => heap.resizeInPlace(ptr, small, larger)],
      ["sizeAt", () => heap.sizeAt(ptr)],
    ];
    for (const [name, call] of calls) expect(misuseOf(call).code, name).toBe("foreign-pointer");
    expect(wordsOf(heap)).toEqual(before);
    expect(heap.memory.u8.every((byte) => byte === 7)).toBe(true);
    heap.check();
  });
});
