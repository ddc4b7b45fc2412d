import { can, defaultMemory, Layout, Memory, NULL, orThrow, type Pages, type Ptr, pages } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aligns, bytesUpTo, layouts } from "./support/arbitraries.ts";
import { GRANULE, rangesOf } from "./support/roots.ts";

const PAGE = 65536;
const one = Layout.of(GRANULE);

/** A root of 16 granules behind the first 64 KiB, in a memory that cannot grow. */
function small(): Pages {
  return pages(Memory.over(new ArrayBuffer(2 * PAGE)));
}

describe("what a root hands out", () => {
  test("is whole granules of 4 KiB", () => {
    const root = small();
    expect([1, GRANULE, GRANULE + 1].map((size) => root.usableSize(Layout.of(size)))).toEqual([4096, 4096, 8192]);
    expect(root.allocate(Layout.of(1))).toBe(PAGE);
    expect(root.allocate(Layout.of(GRANULE + 1))).toBe(PAGE + GRANULE);
    expect(root.allocate(Layout.of(1))).toBe(PAGE + 3 * GRANULE);
  });

  test("begins behind the first 64 KiB and ends before the last of 4 GiB", () => {
    const root = pages(Memory.virtual(2 ** 32));
    const most = Layout.of(2 ** 32 - 2 * PAGE);
    expect([root.usableSize(most), root.usableSize(Layout.of(most.size + 1))]).toEqual([most.size, 0]);
    expect(root.allocate(most)).toBe(PAGE);
    expect(root.allocate(Layout.of(1))).toBe(NULL);
    const places = [PAGE - 1, PAGE, 2 ** 32 - PAGE - 1, 2 ** 32 - PAGE];
    expect(places.map((ptr) => root.owns(ptr as Ptr))).toEqual([false, true, true, false]);
  });

  test("is nothing in a memory of 69,631 bytes, and one granule in one of 69,632", () => {
    expect(pages(Memory.over(new ArrayBuffer(PAGE + GRANULE - 1))).allocate(one)).toBe(NULL);
    expect(pages(Memory.over(new ArrayBuffer(PAGE + GRANULE))).allocate(one)).toBe(PAGE);
  });

  test("of size 0 is the dangling address, whose release does nothing", () => {
    const root = small();
    const empty = Layout.of(0, 4096);
    expect(root.allocate(empty)).toBe(4096);
    root.deallocate(4096 as Ptr, empty);
    expect(root.footprint().held).toBe(0);
  });

  test("has a usableSize exactly where a fresh root serves it, for any layout and length of the memory", () => {
    const lengths = bytesUpTo(2 ** 32).filter((length) => length > 0);
    // Sizes that just fit, or just do not.
    const edges = fc.tuple(lengths, aligns, fc.integer({ min: -1, max: 1 })).map(([length, align, by]) => {
      const room = Math.min(length, 2 ** 32 - PAGE) - Math.max(align, PAGE);
      const size = Math.floor(room / GRANULE) * GRANULE + by;
      return [Layout.of(Math.min(Math.max(size, 1), 2 ** 32 - align), align), length] as const;
    });
    fc.assert(
      fc.property(fc.oneof(edges, fc.tuple(layouts, lengths)), ([layout, length]) => {
        fc.pre(layout.size > 0);
        const root = pages(Memory.virtual(length));
        const usable = root.usableSize(layout);
        expect(root.allocate(layout) !== NULL).toBe(usable !== 0);
        if (usable !== 0) expect(usable).toBe(Math.ceil(layout.size / GRANULE) * GRANULE);
      }),
      { numRuns: 500 },
    );
  });
});

describe("the root of a memory", () => {
  test("is that of the default memory unless said", () => {
    expect(pages()).toBe(pages(defaultMemory()));
    expect(pages().memory).toBe(defaultMemory());
  });

  test("describes its granule of 4 KiB", () => {
    expect(small().describe().nodes[0]!.options).toEqual({ granule: GRANULE });
  });

  test("cannot be reset", () => {
    expect(can(small(), "reset")).toBe(false);
  });

  test("lives on after its dispose", () => {
    const root = small();
    root.dispose();
    root[Symbol.dispose]();
    expect(root.allocate(one)).toBe(PAGE);
  });

  test("has a peak that is never less than what it holds and spends on bookkeeping, from the start", () => {
    const { held, bookkeeping, peak } = small().footprint();
    expect(peak).toBe(held + bookkeeping);
  });

  test("has a peak that counts the words for a range that is named later", () => {
    const buffer = new ArrayBuffer(8 * PAGE);
    const root = pages(Memory.over(buffer, { to: 2 * PAGE }));
    root.allocate(one);
    pages(Memory.over(buffer, { from: 4 * PAGE }));
    const { held, bookkeeping, peak } = root.footprint();
    expect(peak).toBe(held + bookkeeping);
  });

  test("grows a block in place, and moves it with its bytes where it cannot", () => {
    const root = small();
    const ptr = orThrow(root.allocate(one), one);
    root.memory.view(Uint8Array, ptr, 3).set([1, 2, 3]);
    expect(root.grow(ptr, one, Layout.of(2 * GRANULE))).toBe(ptr);
    root.allocate(one);
    const moved = root.grow(ptr, Layout.of(2 * GRANULE), Layout.of(3 * GRANULE));
    expect(moved).toBe(PAGE + 3 * GRANULE);
    expect([...root.memory.view(Uint8Array, moved as Ptr, 3)]).toEqual([1, 2, 3]);
  });
});

test("a dangling address that lies in the block that a grow from size 0 gets is no misuse", () => {
  const root = pages(Memory.linear({ maximum: 2 ** 22 }));
  const empty = Layout.of(0, 2 ** 20);
  expect(root.grow(empty.dangling, empty, Layout.of(2 ** 21))).toBe(PAGE);
});

describe("misuse that a root sees", () => {
  const at = (granule: number) => (PAGE + granule * GRANULE) as Ptr;
  const cases: [string, string, Ptr, Layout][] = [
    ["a second release", "double-free", at(0), one],
    ["a release of more than the block, reaching into free granules", "double-free", at(3), Layout.of(3 * GRANULE)],
    ["an address inside a granule", "interior-pointer", (at(1) + 8) as Ptr, one],
    ["half an address", "interior-pointer", (at(1) + 0.5) as Ptr, one],
    ["NULL", "foreign-pointer", 0 as Ptr, one],
    ["an address below 64 KiB", "foreign-pointer", GRANULE as Ptr, one],
    ["an address behind the memory", "foreign-pointer", at(16), one],
    ["a release of more than the memory", "foreign-pointer", at(1), Layout.of(2 ** 32 - 8)],
    ["an address above 2 GiB", "foreign-pointer", (2 ** 31 + PAGE) as Ptr, one],
    ["a negative address", "foreign-pointer", -GRANULE as Ptr, one],
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

  test("a grow of a released block to another align is a double-free, also where the new place only overlaps it", () => {
    const root = small();
    root.allocate(one);
    root.allocate(one);
    for (const granule of [0, 1]) root.deallocate(at(granule), one);
    const to = Layout.of(2 * GRANULE, 16);
    expect(() => root.grow(at(1), one, to)).toThrow(expect.objectContaining({ code: "double-free" }));
    expect(root.footprint().held).toBe(0);
  });

  test("is declared: double-free and foreign-pointer", () => {
    expect(small().sees).toEqual(["double-free", "foreign-pointer"]);
  });
});
