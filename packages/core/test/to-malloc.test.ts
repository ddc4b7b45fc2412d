import {
  Allocator,
  type Can,
  fromMalloc,
  type Layout,
  Memory,
  type Null,
  type Ptr,
  pages,
  toMalloc,
} from "@alloc/core";
import { describeAllocator } from "@alloc/testkit/vitest";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesUpTo } from "./support/arbitraries.ts";
import { actAsGuest } from "./support/guest.ts";
import { FirstFit, hookedMemory } from "./support/heaps.ts";

const KiB = 1024;
const BASE = 64 * KiB;
const HIGH = 3 * 2 ** 30;

/** A heap of 64 KiB after the first 64, with or without sizeAt. */
function heapOf(knows: boolean, memory = Memory.over(new ArrayBuffer(128 * KiB)), base = BASE) {
  const heap = new FirstFit(base, base + 64 * KiB);
  const parts = {
    memory,
    allocate: ({ size, align }: Layout) => heap.take(size, align) as Ptr | Null,
    deallocate(ptr: Ptr, { size }: Layout) {
      expect(size, "the size that a block is given back with").toBe(heap.sizeAt(ptr));
      heap.release(ptr);
    },
  };
  const allocator: Allocator = knows
    ? Allocator.from({ ...parts, sizeAt: (ptr: Ptr) => heap.sizeAt(ptr) })
    : Allocator.from(parts);
  return { heap, allocator, c: toMalloc(allocator) };
}
const KINDS = [
  ["an allocator with sizeAt", true],
  ["an allocator without", false],
] as const;

describe.each(KINDS)("sized over %s", (_, knows) => {
  test("serves a guest: blocks aligned to 16, intact, kept by realloc, all released", () => {
    const { heap, allocator, c } = heapOf(knows);
    actAsGuest(c, (address) => allocator.memory.u8.subarray(address));
    expect(heap.live.size).toBe(0);
  });

  test("returns a separate block for malloc(0)", () => {
    const { c } = heapOf(knows);
    const [one, other] = [c.malloc(0), c.malloc(0)];
    expect(new Set([0, one, other]).size).toBe(3);
  });

  test("allocates for realloc of NULL", () => {
    const { heap, c } = heapOf(knows);
    expect(c.realloc(0, 100)).not.toBe(0);
    expect([...heap.live.values()]).toEqual([100 + c.header]);
  });

  test("returns a block of the minimum size for realloc to 0, and does not release it", () => {
    const { heap, c } = heapOf(knows);
    const ptr = c.realloc(c.malloc(100), 0);
    expect([...heap.live.values()]).toEqual([1 + c.header]);
    c.free(ptr);
    expect(heap.live.size).toBe(0);
  });

  test("does nothing for free of NULL", () => {
    const { heap, c } = heapOf(knows);
    c.malloc(8);
    c.free(0);
    expect(heap.live.size).toBe(1);
  });

  test("returns 0 if there is no room, and realloc keeps the old block", () => {
    const { heap, allocator, c } = heapOf(knows);
    const ptr = c.malloc(8);
    allocator.memory.u8[ptr] = 42;
    expect([c.malloc(64 * KiB), c.calloc(64, KiB), c.realloc(ptr, 64 * KiB)]).toEqual([0, 0, 0]);
    expect(allocator.memory.u8[ptr]).toBe(42);
    expect([...heap.live.values()]).toEqual([8 + c.header]);
  });

  test("returns 0 for every size that is larger than its memory, signed or unsigned, and never wraps", () => {
    const { heap, c } = heapOf(knows);
    fc.assert(
      fc.property(bytesUpTo(2 ** 33), (size) => {
        fc.pre(size > 64 * KiB);
        const before = c.malloc(8);
        // Wasm passes an i32; only JavaScript can pass more than 32 bits.
        const passed = size < 2 ** 32 ? size | 0 : size;
        expect([c.malloc(passed), c.malloc(size), c.realloc(before, passed), c.realloc(before, size)]).toEqual([
          0, 0, 0, 0,
        ]);
        c.free(before);
        expect(heap.live.size).toBe(0);
      }),
    );
  });

  test("returns 0 for a calloc whose product is larger than its memory, for any two u32", () => {
    const { heap, c } = heapOf(knows);
    const u32 = bytesUpTo(2 ** 32 - 1);
    fc.assert(
      fc.property(u32, u32, fc.boolean(), (count, size, signed) => {
        const ptr = signed ? c.calloc(count | 0, size | 0) : c.calloc(count, size);
        const fits = BigInt(count) * BigInt(size) + BigInt(c.header) <= 64n * 1024n;
        expect(ptr !== 0).toBe(fits);
        c.free(ptr);
        expect(heap.live.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test("returns 0 for a calloc of 2 ** 32 elements, which only JavaScript can request", () => {
    const { c } = heapOf(knows);
    expect([c.calloc(2 ** 32, 1), c.calloc(1, 2 ** 32), c.calloc(2 ** 32 + 5, 3)]).toEqual([0, 0, 0]);
  });
});

describe("the header", () => {
  test("is 0 bytes with sizeAt; without, 16 or the align, whichever is more", () => {
    expect(heapOf(true).c.header).toBe(0);
    const { allocator } = heapOf(false);
    expect([1, 8, 16, 64, 4096].map((align) => toMalloc(allocator, align).header)).toEqual([16, 16, 16, 64, 4096]);
  });

  test("lies before a block of any align, and is found again", () => {
    for (const align of [1, 2, 4, 8, 64, 256]) {
      const { heap, allocator } = heapOf(false);
      const c = toMalloc(allocator, align);
      // So that blocks do not start at a multiple of 16 by chance.
      heap.take(3, 1);
      const blocks = [c.malloc(5), c.malloc(7)];
      for (const ptr of blocks) expect(ptr % align, `align ${align}`).toBe(0);
      for (const ptr of blocks) c.free(c.realloc(ptr, 9));
      expect(heap.live.size, `align ${align}`).toBe(1);
    }
  });

  test("is refused in a memory without bytes, and nothing is leaked", () => {
    const root = pages(Memory.virtual(2 ** 20));
    const noBytes = expect.objectContaining({ name: "MisuseError", code: "no-bytes" });
    expect(() => toMalloc(root).malloc(8)).toThrow(noBytes);
    expect(root.footprint().held).toBe(0);
  });
});

test("above 2 GiB a guest is served as below, and its negative addresses are understood", () => {
  const { memory, at } = hookedMemory(HIGH, 64 * KiB);
  const { heap, c } = heapOf(true, memory, HIGH);
  expect(c.malloc(8)).toBe(HIGH);
  c.free(HIGH | 0);
  actAsGuest(c, at);
  expect(heap.live.size).toBe(0);
});

describeAllocator(
  "fromMalloc of sized of a first fit",
  () => {
    const { allocator, c } = heapOf(false);
    return fromMalloc({ memory: allocator.memory, ...c, align: 16 });
  },
  { programs: 60, maxSize: 8 * KiB, maxAlign: 8 * KiB },
);

test("a block whose size is known is released by exactly that size, whatever was requested", () => {
  const given: Layout[] = [];
  const allocator: Can<"sizeAt"> = Allocator.from({
    memory: Memory.virtual(2 ** 20),
    allocate: () => 65536 as Ptr,
    deallocate: (_ptr, layout) => given.push(layout),
    usableSize: ({ size }) => size + 7,
    sizeAt: () => 112,
  });
  const c = toMalloc(allocator);
  c.free(c.malloc(100));
  expect(given.map(({ size }) => size)).toEqual([112]);
});

test("a realloc to less is a shrink, and one to more a grow", () => {
  const calls: string[] = [];
  const note = (name: string) => (ptr: Ptr) => {
    calls.push(name);
    return ptr;
  };
  const allocator: Can<"sizeAt"> = Allocator.from({
    memory: Memory.virtual(2 ** 20),
    allocate: () => 65536 as Ptr,
    deallocate: () => {},
    grow: note("grow"),
    shrink: note("shrink"),
    sizeAt: () => 100,
  });
  const c = toMalloc(allocator);
  c.realloc(65536, 99);
  c.realloc(65536, 101);
  expect(calls).toEqual(["shrink", "grow"]);
});

test("the largest requested size is the largest that a layout can have, including the header", () => {
  const asked: number[] = [];
  const full = Allocator.from({
    memory: Memory.over(new ArrayBuffer(64)),
    allocate({ size }): Null {
      asked.push(size);
      return 0;
    },
    deallocate() {},
  });
  const c = toMalloc(full);
  const most = 2 ** 32 - 16 - c.header;
  expect([c.malloc(most), c.malloc(most + 1)]).toEqual([0, 0]);
  expect(asked).toEqual([2 ** 32 - 16]);
});

describe.each(KINDS)("sized over %s that refuses to shrink", (_, knows) => {
  /** A heap with room for one block of each kind, which shrinks nothing. */
  function stubborn() {
    const { heap, allocator } = heapOf(knows);
    const parts = {
      memory: allocator.memory,
      allocate: (layout: Layout) => allocator.allocate(layout),
      deallocate: (ptr: Ptr, layout: Layout) => allocator.deallocate(ptr, layout),
      shrink: (): Null => 0,
    };
    const c = toMalloc(
      knows ? Allocator.from({ ...parts, sizeAt: (ptr: Ptr) => heap.sizeAt(ptr) }) : Allocator.from(parts),
    );
    return { heap, c };
  }

  test("never returns 0 for a realloc to less: the block has room, and is released by its current size", () => {
    const { heap, c } = stubborn();
    const ptr = c.malloc(200);
    for (const size of [199, 20, 1, 0]) expect(c.realloc(ptr, size)).toBe(ptr);
    expect([...heap.live.values()]).toEqual([200 + c.header]);
    // It grows from its current size.
    const next = c.realloc(ptr, 300);
    expect(next).not.toBe(0);
    c.free(next);
    expect(heap.live.size).toBe(0);
  });
});

describe.each(KINDS)("misuse through sized over %s", (_, knows) => {
  test("a second free and a realloc of a freed block throw, and the heap is unchanged", () => {
    const { heap, c } = heapOf(knows);
    const [kept, ptr] = [c.malloc(40), c.malloc(40)];
    c.free(ptr);
    const before = [...heap.live];
    for (const use of [() => c.free(ptr), () => c.realloc(ptr, 20), () => c.realloc(ptr, 400)]) {
      expect(use).toThrow(expect.objectContaining({ name: "MisuseError" }));
    }
    expect([...heap.live]).toEqual(before);
    c.free(kept);
  });

  test("a free of anything that never was a block throws a MisuseError, wherever it lies", () => {
    const { heap, c } = heapOf(knows);
    const ptr = c.malloc(40);
    for (const wrong of [1, 8, 16, BASE - 16, ptr + 1, ptr + 4, ptr + 0.5, 2 ** 31, -8, 2 ** 32 - 8, NaN]) {
      expect(() => c.free(wrong), `${wrong}`).toThrow(expect.objectContaining({ name: "MisuseError" }));
    }
    expect(heap.live.size).toBe(1);
  });

  test("a second free of pages is detected by the root", () => {
    const root = pages(Memory.over(new ArrayBuffer(64 * KiB)));
    const c = toMalloc(root);
    const ptr = c.malloc(40);
    c.free(ptr);
    expect(() => c.free(ptr)).toThrow(expect.objectContaining({ name: "MisuseError", code: "double-free" }));
    expect(root.footprint().held).toBe(0);
  });
});
