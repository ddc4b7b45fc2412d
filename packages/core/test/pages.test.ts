import { can, defaultMemory, Layout, Memory, NULL, orThrow, type Pages, type Ptr, pages } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aligns, bytesUpTo, layouts } from "./support/arbitraries.ts";
import { resizable } from "./support/resizable.ts";
import { GRANULE, granuleOf, rangesOf } from "./support/roots.ts";

const PAGE = 65536;
/** The granule of a memory of 64 KiB. */
const SMALL = 16;
const one = Layout.of(SMALL);

/** A root of 4095 granules of 16 bytes, in a memory that cannot grow. */
function small(): Pages {
  return pages(Memory.over(new ArrayBuffer(PAGE)));
}

const guest = (initial: number, shared = false) => new WebAssembly.Memory({ initial, maximum: 64, shared });

describe("the granule of a root", () => {
  test.each([
    [64, 16],
    [4096, 16],
    [2 ** 17 - 1, 16],
    [2 ** 17, 32],
    [2 ** 20, 256],
    [2 ** 24 - 1, 2048],
    [2 ** 24, 4096],
    [2 ** 32, 4096],
  ])("in a memory of %d bytes is whole granules of %d bytes", (bytes, granule) => {
    const root = pages(Memory.virtual(bytes));
    expect(root.describe().nodes[0]!.options).toEqual({ granule });
    const sizes = [1, granule, granule + 1];
    expect(sizes.map((size) => root.usableSize(Layout.of(size)))).toEqual([granule, granule, 2 * granule]);
    const [first, second] = [root.allocate(Layout.of(1)), root.allocate(Layout.of(granule + 1))];
    expect([first, second, root.allocate(Layout.of(1))]).toEqual(
      [granule, 2 * granule, 4 * granule].map((ptr) => (ptr < bytes ? ptr : NULL)),
    );
  });

  test.each([
    ["the maximum of its own memory", () => Memory.linear({ maximum: 2 ** 20 }), 256],
    ["the maximum of a buffer", () => Memory.over(resizable(ArrayBuffer, 64, 2 ** 20)), 256],
    [
      "the current length of a guest's memory, because its final length is unknown",
      () => Memory.over(guest(16), { from: 0 }),
      256,
    ],
    ["the given range of a guest's memory", () => Memory.over(guest(1), { from: 0, maximum: 2 ** 20 }), 256],
    ["the minimum, for an empty guest's memory", () => Memory.over(guest(0)), 16],
    [
      "the maximum of a shared memory, because its words are made at once",
      () => Memory.over(guest(1, true), { from: 0, owner: true }),
      4096,
    ],
  ])("follows %s", (_, make, granule) => {
    expect(granuleOf(pages(make()))).toBe(granule);
  });

  test("is at least 90 % of a buffer of 4 KiB, by blocks of 16, 64 and 256 bytes, and all but the first 16 bytes at once", () => {
    for (const size of [16, 64, 256]) {
      const root = pages(Memory.over(new ArrayBuffer(4096)));
      let served = 0;
      while (root.allocate(Layout.of(size)) !== NULL) served += size;
      expect(served / 4096, `blocks of ${size}`).toBeGreaterThan(0.9);
    }
    expect(pages(Memory.over(new ArrayBuffer(4096))).allocate(Layout.of(4080))).toBe(16);
  });

  test("is 256 blocks of align 256 in 64 KiB of addresses with a base", () => {
    const root = pages(Memory.virtual(PAGE, { base: PAGE }));
    const uniform = Layout.of(200, 256);
    const offsets = Array.from({ length: 257 }, () => root.allocate(uniform) - PAGE);
    expect(offsets).toEqual([...Array.from({ length: 256 }, (_, index) => index * 256), -PAGE]);
  });

  test("starts after the first granule and ends before the last 64 KiB of 4 GiB", () => {
    const root = pages(Memory.virtual(2 ** 32));
    const most = Layout.of(2 ** 32 - PAGE - GRANULE);
    expect([root.usableSize(most), root.usableSize(Layout.of(most.size + 1))]).toEqual([most.size, 0]);
    expect(root.allocate(most)).toBe(GRANULE);
    expect(root.allocate(Layout.of(1))).toBe(NULL);
    const places = [GRANULE - 1, GRANULE, 2 ** 32 - PAGE - 1, 2 ** 32 - PAGE];
    expect(places.map((ptr) => root.owns(ptr as Ptr))).toEqual([false, true, true, false]);
  });

  test("is one granule in a memory of 32 bytes, which is the minimum", () => {
    const root = pages(Memory.over(new ArrayBuffer(32)));
    expect([root.allocate(one), root.allocate(one)]).toEqual([16, NULL]);
  });

  test("of size 0 is the dangling address, whose release does nothing", () => {
    const root = small();
    const empty = Layout.of(0, 4096);
    expect(root.allocate(empty)).toBe(2 ** 32 - 4096);
    root.deallocate(empty.dangling, empty);
    expect(root.footprint().held).toBe(0);
  });

  test("has a usableSize exactly if a fresh root serves it, for any layout and length of the memory", () => {
    const lengths = bytesUpTo(2 ** 32).filter((length) => length >= 32);
    // Sizes that just fit, or just do not.
    const edges = fc.tuple(lengths, aligns, fc.integer({ min: -1, max: 1 })).map(([length, align, by]) => {
      const granule = granuleOf(pages(Memory.virtual(length)));
      const room = Math.min(length, 2 ** 32 - PAGE) - Math.max(align, granule);
      const size = Math.floor(room / granule) * granule + by;
      return [Layout.of(Math.min(Math.max(size, 1), 2 ** 32 - align), align), length] as const;
    });
    fc.assert(
      fc.property(fc.oneof(edges, fc.tuple(layouts, lengths)), ([layout, length]) => {
        fc.pre(layout.size > 0);
        const root = pages(Memory.virtual(length));
        const usable = root.usableSize(layout);
        expect(root.allocate(layout) !== NULL).toBe(usable !== 0);
        const granule = granuleOf(root);
        if (usable !== 0) expect(usable).toBe(Math.ceil(layout.size / granule) * granule);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the root of a memory", () => {
  test("is over the default memory by default", () => {
    expect(pages()).toBe(pages(defaultMemory()));
    expect(pages().memory).toBe(defaultMemory());
  });

  test("has no reset", () => {
    expect(can(small(), "reset")).toBe(false);
  });

  test("lives on after its dispose", () => {
    const root = small();
    root.dispose();
    root[Symbol.dispose]();
    expect(root.allocate(one)).toBe(SMALL);
  });

  test("has a peak of at least its held bytes and bookkeeping, from the start", () => {
    const { held, bookkeeping, peak } = small().footprint();
    expect(peak).toBe(held + bookkeeping);
  });

  test("has a peak that counts the words for a range named later", () => {
    const buffer = new ArrayBuffer(8 * PAGE);
    const root = pages(Memory.over(buffer, { to: 2 * PAGE }));
    root.allocate(one);
    pages(Memory.over(buffer, { from: 4 * PAGE }));
    const { held, bookkeeping, peak } = root.footprint();
    expect(peak).toBe(held + bookkeeping);
  });

  test("grows a block in place, and moves it with its bytes otherwise", () => {
    const root = small();
    const ptr = orThrow(root.allocate(one), one);
    root.memory.view(Uint8Array, ptr, 3).set([1, 2, 3]);
    expect(root.grow(ptr, one, Layout.of(2 * SMALL))).toBe(ptr);
    root.allocate(one);
    const moved = root.grow(ptr, Layout.of(2 * SMALL), Layout.of(3 * SMALL));
    expect(moved).toBe(4 * SMALL);
    expect([...root.memory.view(Uint8Array, moved as Ptr, 3)]).toEqual([1, 2, 3]);
  });
});

test("a dangling address inside the block of a grow from size 0 is not misuse", () => {
  const root = pages(Memory.virtual(2 ** 32));
  const empty = Layout.of(0, 2 ** 31);
  const whole = Layout.of(2 ** 32 - PAGE - GRANULE);
  expect(empty.dangling).toBe(2 ** 31);
  // Without bytes to move it would throw if it took the dangling address for a block.
  expect(root.grow(empty.dangling, empty, whole)).toBe(GRANULE);
});

describe("a memory that can never serve a block", () => {
  const tooSmall = expect.objectContaining({ name: "MisuseError", code: "too-small" });

  test.each([
    ["a buffer of 31 bytes", () => Memory.over(new ArrayBuffer(31))],
    ["a buffer of no bytes", () => Memory.over(new ArrayBuffer(0))],
    ["a range without a whole granule", () => Memory.over(new ArrayBuffer(PAGE), { from: 17, to: 47 })],
    ["a guest's memory that cannot grow, without a named range", () => Memory.over(guest(1), { maximum: PAGE })],
    ["a resizable buffer of at most 31 bytes", () => Memory.over(resizable(ArrayBuffer, 1, 31))],
    ["15 addresses with a base", () => Memory.virtual(15, { base: PAGE })],
    ["the last 64 KiB of all addresses", () => Memory.virtual(PAGE, { base: 2 ** 32 - PAGE })],
  ])("is refused when its root is made: %s", (_, make) => {
    const memory = make();
    expect(() => pages(memory)).toThrow(tooSmall);
    expect(() => pages(memory)).toThrow(/give it at least \d+ bytes/);
  });

  test("does not include a memory that may grow, or one with room for one block", () => {
    for (const memory of [
      Memory.over(guest(0)),
      Memory.over(guest(1)),
      Memory.over(resizable(ArrayBuffer, 1, 32)),
      Memory.virtual(16, { base: PAGE }),
    ]) {
      expect(pages(memory).allocate(Layout.of(16))).not.toBe(NULL);
    }
  });
});

describe("misuse that a root detects", () => {
  const at = (granule: number) => ((1 + granule) * SMALL) as Ptr;
  const cases: [string, string, Ptr, Layout][] = [
    ["a second release", "double-free", at(0), one],
    ["a release of more than the block, reaching into free granules", "double-free", at(3), Layout.of(3 * SMALL)],
    ["an address inside a granule", "interior-pointer", (at(1) + 8) as Ptr, one],
    ["half an address", "interior-pointer", (at(1) + 0.5) as Ptr, one],
    ["NULL", "foreign-pointer", 0 as Ptr, one],
    ["an address below 16", "foreign-pointer", 8 as Ptr, one],
    ["an address after the memory", "foreign-pointer", at(4095), one],
    ["the dangling address of a layout of size 0", "foreign-pointer", one.dangling, one],
    ["a release of more than the memory", "foreign-pointer", at(1), Layout.of(2 ** 32 - 8)],
    ["an address above 2 GiB", "foreign-pointer", (2 ** 31 + PAGE) as Ptr, one],
    ["a negative address", "foreign-pointer", -SMALL as Ptr, one],
  ];

  test.each(cases)("%s is %s, and changes nothing", (_, code, ptr, layout) => {
    const root = small();
    for (let granule = 0; granule < 4; granule++) root.allocate(one);
    root.deallocate(at(0), one);
    const before = [rangesOf(root), root.footprint()];
    const misuse = expect.objectContaining({ name: "MisuseError", code });
    const to = Layout.of(layout.size - 1);
    expect(() => root.deallocate(ptr, layout)).toThrow(misuse);
    expect(() => root.resizeInPlace(ptr, layout, to)).toThrow(misuse);
    expect(() => root.grow(ptr, layout, layout)).toThrow(misuse);
    expect(() => root.shrink(ptr, layout, to)).toThrow(misuse);
    expect([rangesOf(root), root.footprint()]).toEqual(before);
  });

  test("a grow of a released block to another align is a double-free, even if the new place only overlaps it", () => {
    const root = small();
    root.allocate(one);
    root.allocate(one);
    for (const granule of [0, 1]) root.deallocate(at(granule), one);
    const to = Layout.of(2 * SMALL, 16);
    expect(() => root.grow(at(1), one, to)).toThrow(expect.objectContaining({ code: "double-free" }));
    expect(root.footprint().held).toBe(0);
  });

  test("is declared: double-free and foreign-pointer", () => {
    expect(small().detects).toEqual(["double-free", "foreign-pointer"]);
  });
});
