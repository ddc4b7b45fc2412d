import { Allocator, alignUp, fromMalloc, Layout, type Malloc, Memory, NULL, orThrow } from "@alloc/core";
import { ancestorsOf } from "@alloc/core/author";
import { describeAllocator } from "@alloc/testkit/vitest";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { ALIGNS, layouts } from "./support/arbitraries.ts";
import { GuestMalloc, hookedMemory } from "./support/heaps.ts";

const KiB = 1024;
/** The position of the hooked memory's heap. */
const HIGH = 3 * 2 ** 30;
const eight = Layout.of(8);

/** An allocator over a guest's malloc in 64 KiB after the first 64. */
function over(options: { align?: number; realloc?: boolean } = {}): { allocator: Allocator; c: GuestMalloc } {
  const memory = Memory.over(new ArrayBuffer(128 * KiB));
  const c = new GuestMalloc(memory, 64 * KiB, 128 * KiB, options.align);
  const { malloc, free, realloc, align } = c;
  return {
    allocator: fromMalloc(options.realloc ? { memory, malloc, free, realloc, align } : { memory, malloc, free, align }),
    c,
  };
}

/** The same above 2 GiB, where a guest's addresses are negative. */
function overHigh(): { allocator: Allocator; c: GuestMalloc; at(address: number): Uint8Array } {
  const { memory, at } = hookedMemory(HIGH, 64 * KiB);
  const c = new GuestMalloc(memory, HIGH, HIGH + 64 * KiB);
  return { allocator: fromMalloc({ memory, malloc: c.malloc, free: c.free, realloc: c.realloc }), c, at };
}

const bounds = { programs: 60, maxSize: 8 * KiB, maxAlign: 8 * KiB };
describeAllocator("fromMalloc of malloc and free", () => over().allocator, bounds);
describeAllocator(
  "fromMalloc with realloc, of a malloc of align 16",
  () => over({ align: 16, realloc: true }).allocator,
  bounds,
);
describeAllocator("fromMalloc of negative addresses from 3 GiB on", () => overHigh().allocator, bounds);

describe("a block of an align above malloc's own", () => {
  test("is aligned, lies inside malloc's block, and frees that block, at every align up to 16 KiB", () => {
    for (const align of ALIGNS.filter((align) => align <= 16 * KiB)) {
      for (const make of [over, overHigh]) {
        const { allocator, c } = make();
        const first = orThrow(allocator.allocate(Layout.of(13, 1)), eight);
        const layout = Layout.of(100, align);
        const ptr = orThrow(allocator.allocate(layout), layout);
        expect(ptr % align).toBe(0);
        const [start, bytes] = [...c.heap.live].at(-1)!;
        expect(ptr).toBeGreaterThanOrEqual(start);
        expect(ptr + 100).toBeLessThanOrEqual(start + bytes);
        allocator.deallocate(ptr, layout);
        expect([...c.heap.live.keys()]).toEqual([first]);
      }
    }
  });

  test("costs at most the align minus malloc's own", () => {
    const { allocator, c } = over({ align: 16 });
    allocator.allocate(Layout.of(100, 64));
    allocator.allocate(Layout.of(100, 16));
    expect(c.asked).toEqual([148, 100]);
  });

  test("keeps its bytes when it moves to another align and back", () => {
    const { allocator } = over({ realloc: true });
    let layout = Layout.of(24);
    let ptr = orThrow(allocator.allocate(layout), layout);
    const expected = Array.from({ length: 24 }, (_, index) => index + 1);
    allocator.memory.view(Uint8Array, ptr, 24).set(expected);
    for (const align of [256, 8, 4096, 1, 64]) {
      const to = Layout.of(layout.size + 8, align);
      ptr = orThrow(allocator.grow(ptr, layout, to), to);
      layout = to;
      expect(ptr % align).toBe(0);
      expect([...allocator.memory.view(Uint8Array, ptr, 24)]).toEqual(expected);
    }
  });
});

describe("a request that is too large", () => {
  test("gets NULL, and malloc is never asked for less than the block, for any layout", () => {
    fc.assert(
      fc.property(layouts, fc.constantFrom(1, 8, 16), fc.boolean(), (layout, align, signed) => {
        fc.pre(layout.size > 0);
        const malloc = vi.fn((size: number) => {
          // A guest sees 32 bits.
          return size >>> 0 > 2 ** 31 ? 0 : signed ? (2 ** 31 + 65536) | 0 : 65536;
        });
        const memory = Memory.virtual(2 ** 32);
        const ptr = fromMalloc({ memory, malloc, free() {}, align }).allocate(layout);
        for (const [size] of malloc.mock.calls) {
          expect(size).toBeLessThan(2 ** 32);
          expect(size).toBeGreaterThanOrEqual(layout.size);
        }
        const start = signed ? 2 ** 31 + 65536 : 65536;
        const bytes = layout.align <= align ? layout.size : layout.size + layout.align - align;
        expect(ptr).toBe(bytes > 2 ** 31 ? NULL : alignUp(start, layout.align));
      }),
      { numRuns: 500 },
    );
  });
});

describe("realloc", () => {
  const calls = (align = 8) => {
    const { c } = over({ align });
    const realloc = vi.fn(c.realloc);
    const parts: Malloc = { memory: c.memory, malloc: c.malloc, free: c.free, realloc, align };
    return { allocator: fromMalloc(parts), realloc, c };
  };

  test("serves a grow and a shrink while both aligns are malloc's own or less", () => {
    const { allocator, realloc } = calls();
    let ptr = orThrow(allocator.allocate(eight), eight);
    ptr = orThrow(allocator.grow(ptr, eight, Layout.of(100, 1)), eight);
    ptr = orThrow(allocator.shrink(ptr, Layout.of(100, 1), Layout.of(50, 4)), eight);
    expect(realloc.mock.calls.map(([, size]) => size)).toEqual([100, 50]);
  });

  test("is called also at malloc's own align", () => {
    const { allocator, realloc } = calls(16);
    const own = Layout.of(8, 16);
    allocator.grow(orThrow(allocator.allocate(own), own), own, Layout.of(16, 16));
    expect(realloc).toHaveBeenCalledTimes(1);
  });

  test("is replaced by malloc, a copy and free if it is missing", () => {
    const { allocator, c } = over();
    const ptr = orThrow(allocator.allocate(eight), eight);
    allocator.memory.f64[ptr / 8] = 42;
    const next = orThrow(allocator.grow(ptr, eight, Layout.of(16)), eight);
    expect([allocator.memory.f64[next / 8], ...c.heap.live.keys()]).toEqual([42, next]);
  });

  test("is not called for an align above malloc's own", () => {
    const { allocator, realloc } = calls();
    const wide = Layout.of(8, 64);
    let ptr = orThrow(allocator.allocate(eight), eight);
    ptr = orThrow(allocator.grow(ptr, eight, wide), wide);
    ptr = orThrow(allocator.grow(ptr, wide, wide), wide);
    ptr = orThrow(allocator.shrink(ptr, wide, eight), eight);
    expect(realloc).not.toHaveBeenCalled();
  });

  test("is not called for size 0, which is malloc and free", () => {
    const { allocator, realloc, c } = calls();
    const empty = Layout.of(0);
    const ptr = orThrow(allocator.grow(empty.dangling, empty, eight), eight);
    expect(allocator.shrink(ptr, eight, empty)).toBe(empty.dangling);
    expect([realloc.mock.calls.length, c.heap.live.size]).toEqual([0, 0]);
  });

  test("without room returns NULL, and the block is unchanged", () => {
    const { allocator, c } = calls();
    const ptr = orThrow(allocator.allocate(eight), eight);
    allocator.memory.f64[ptr / 8] = 42;
    expect(allocator.grow(ptr, eight, Layout.of(65 * KiB))).toBe(NULL);
    expect([...c.heap.live]).toEqual([[ptr, 8]]);
    expect(allocator.memory.f64[ptr / 8]).toBe(42);
  });

  test("above 2 GiB keeps the bytes, and its negative result is read as unsigned", () => {
    const { allocator, c, at } = overHigh();
    const ptr = orThrow(allocator.allocate(eight), eight);
    expect(ptr).toBe(HIGH);
    at(ptr).set([1, 2, 3, 4, 5, 6, 7, 8]);
    allocator.allocate(eight);
    const next = orThrow(allocator.grow(ptr, eight, Layout.of(16)), eight);
    expect(next).toBe(HIGH + 16);
    expect([...at(next).subarray(0, 8)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(c.heap.live.has(ptr)).toBe(false);
  });
});

describe("fromMalloc", () => {
  test("never calls malloc for size 0", () => {
    const { allocator, c } = over();
    const empty = Layout.of(0, 64);
    expect(allocator.allocate(empty)).toBe(empty.dangling);
    allocator.deallocate(empty.dangling, empty);
    expect(c.asked).toEqual([]);
  });

  test("has malloc's align in its description", () => {
    expect(over({ align: 16 }).allocator.describe().nodes[0]).toMatchObject({
      kind: "fromMalloc",
      options: { align: 16 },
    });
  });

  test.each(["memory", "malloc", "free"])("refuses functions without %s when it is made", (missing) => {
    const { c } = over();
    const parts = { memory: c.memory, malloc: c.malloc, free: c.free, [missing]: undefined };
    expect(() => fromMalloc(parts as unknown as Malloc)).toThrow(TypeError);
  });
});

describe("functions of memory64", () => {
  /** A malloc whose results are bigints. */
  function wide(top: bigint) {
    const freed: number[] = [];
    const malloc = (size: number) => {
      top += BigInt(size);
      return top - BigInt(size);
    };
    const memory = Memory.virtual(2 ** 32);
    return { freed, allocator: fromMalloc({ memory, malloc, free: (ptr) => freed.push(ptr), realloc: () => top }) };
  }

  test("may return bigints: the address is a number, up to the last below 4 GiB", () => {
    const { allocator, freed } = wide(2n ** 31n + 64n);
    const ptr = orThrow(allocator.allocate(eight), eight);
    expect(ptr).toBe(2 ** 31 + 64);
    expect(allocator.grow(ptr, eight, Layout.of(16))).toBe(2 ** 31 + 72);
    allocator.deallocate(ptr, eight);
    expect(freed).toEqual([2 ** 31 + 64]);
  });

  test("are refused from 4 GiB on, as are numbers: the result is NULL, not an address that wraps", () => {
    for (const top of [2n ** 32n, 2n ** 53n + 8n]) {
      const { allocator } = wide(top);
      expect(() => allocator.allocate(eight)).toThrow(
        expect.objectContaining({
          name: "MisuseError",
          code: "out-of-bounds",
          message: expect.stringContaining("from 4 GiB on"),
        }),
      );
    }
  });

  test("return 0n if there is no room", () => {
    const memory = Memory.virtual(64);
    const allocator = fromMalloc({ memory, malloc: () => 0n, free() {} });
    expect([allocator.allocate(eight), allocator.allocate(Layout.of(8, 64))]).toEqual([NULL, NULL]);
  });
});

describe("a second release of a block of an align above malloc's own", () => {
  test("is detected, and never reaches free, because its address is not malloc's", () => {
    const { allocator, c } = over();
    const wide = Layout.of(100, 64);
    const ptr = orThrow(allocator.allocate(wide), wide);
    allocator.deallocate(ptr, wide);
    const before = [...c.heap.live];
    const free = vi.spyOn(c.heap, "release");
    for (const use of [
      () => allocator.deallocate(ptr, wide),
      () => allocator.deallocate(orThrow(allocator.allocate(eight), eight), wide),
    ]) {
      expect(use).toThrow(expect.objectContaining({ name: "MisuseError", code: "foreign-pointer" }));
    }
    expect(free).not.toHaveBeenCalled();
    expect(before).toEqual([]);
  });
});

describe("a parent", () => {
  test("that is declared is shown, and ends the allocator when it ends", () => {
    const heap = over().allocator;
    const { memory } = heap;
    const guest = fromMalloc({ memory, malloc: () => 0, free() {}, parent: heap });
    const same = Allocator.from({ memory, allocate: () => NULL, deallocate() {}, parent: heap });
    expect([guest.parent, same.parent]).toEqual([heap, heap]);
    expect(ancestorsOf(guest)).toEqual([heap]);
    expect(guest.describe().nodes.map(({ kind }) => kind)).toEqual(["fromMalloc", "fromMalloc"]);
    heap.dispose();
    for (const each of [guest, same]) {
      expect(() => each.allocate(eight)).toThrow(/ended when its parent, a fromMalloc, was disposed/);
    }
  });

  test("is undefined by default", () => {
    expect(over().allocator.parent).toBeUndefined();
  });
});
