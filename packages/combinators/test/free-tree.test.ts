import { freeTree } from "@alloc/combinators";
import { Allocator, can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 16 * 2 ** 20 });
const parent = pages(memory);
const take = (allocator: Allocator, size: number, align = 8) =>
  orThrow(allocator.allocate(Layout.of(size, align)), Layout.of(size, align));
const region = (bytes: number) => freeTree(scoped(bytes, { parent }));

describe("a released block", () => {
  test("is reused, although a region alone would lose it", () => {
    const heap = region(200);
    const [first] = [take(heap, 96), take(heap, 96)];
    heap.deallocate(first!, Layout.of(96));
    expect(take(heap, 96)).toBe(first);
  });

  test("is coalesced with free ranges on both sides", () => {
    const heap = region(320);
    const ptrs = [take(heap, 64), take(heap, 64), take(heap, 64), take(heap, 64), take(heap, 64)];
    for (const at of [1, 3, 2]) heap.deallocate(ptrs[at]!, Layout.of(64));
    expect(take(heap, 192)).toBe(ptrs[1]);
  });

  test("is reused best fit, lowest address first", () => {
    const heap = region(2000);
    const sizes = [200, 8, 104, 8, 80, 8, 104, 8];
    const ptrs = sizes.map((size) => take(heap, size));
    for (const at of [0, 2, 4, 6]) heap.deallocate(ptrs[at]!, Layout.of(sizes[at]!));
    expect([take(heap, 96), take(heap, 96), take(heap, 96)]).toEqual([ptrs[2], ptrs[6], ptrs[0]]);
  });

  test("is part of one range over the whole region after any program", () => {
    const step = fc.record({
      what: fc.constantFrom("take", "take", "give", "grow", "shrink", "trim"),
      size: fc.integer({ min: 1, max: 400 }),
      power: fc.nat(8),
      block: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const heap = region(4096);
        const live: { ptr: Ptr; layout: Layout }[] = [];
        for (const { what, size, power, block } of steps) {
          const old = live[block % Math.max(1, live.length)];
          if (what === "trim") heap.trim();
          else if (what === "take") {
            const layout = Layout.of(size, 2 ** power);
            const ptr = heap.allocate(layout);
            if (ptr !== NULL) live.push({ ptr, layout });
          } else if (old !== undefined && what === "give") {
            live.splice(live.indexOf(old), 1);
            heap.deallocate(old.ptr, old.layout);
          } else if (old !== undefined && what !== "give") {
            const to = Layout.of(
              what === "grow" ? old.layout.size + size : Math.min(size, old.layout.size),
              old.layout.align,
            );
            const ptr = heap[what](old.ptr, old.layout, to);
            if (ptr !== NULL) Object.assign(old, { ptr, layout: to });
          }
          heap.check();
        }
        for (const { ptr, layout } of live) heap.deallocate(ptr, layout);
        const all = Layout.of(4096);
        heap.deallocate(take(heap, 4096), all);
        heap.trim();
        expect(take(heap.inner, 4096) % 16).toBe(0);
        heap.dispose();
      }),
      { numRuns: 100 },
    );
  });
});

describe("missing bytes come from the child", () => {
  test("as many as are missing after the range at its end", () => {
    const heap = region(1000);
    const [first, last] = [take(heap, 400), take(heap, 400)];
    heap.deallocate(last, Layout.of(400));
    expect(take(heap, 600)).toBe(last);
    heap.deallocate(first, Layout.of(400));
    expect([heap.allocate(Layout.of(401)), take(heap, 400)]).toEqual([NULL, first]);
  });

  test("in a new block if the last one cannot be extended", () => {
    const heap = freeTree(freeList(64, { blocks: 3, parent }));
    const ptrs = [take(heap, 64), take(heap, 64), take(heap, 64)];
    expect(heap.allocate(Layout.of(8))).toBe(NULL);
    for (const ptr of ptrs) heap.deallocate(ptr, Layout.of(64));
    expect([take(heap, 8), take(heap, 56)]).toEqual([Math.min(...ptrs), Math.min(...ptrs) + 8]);
  });

  test("including all bytes that the child gives", () => {
    const root = pages(memory);
    let asked = 0;
    const inner = Allocator.from({
      memory,
      allocate(layout) {
        asked++;
        return root.allocate(layout);
      },
      deallocate: (ptr, layout) => root.deallocate(ptr, layout),
      usableSize: (layout) => root.usableSize(layout),
    });
    const heap = freeTree(inner);
    const first = take(heap, 100);
    expect([take(heap, 3992), asked]).toEqual([first + 104, 1]);
    heap.dispose();
  });

  test("never for a layout that the child can never serve, even if a range would hold it", () => {
    const heap = freeTree(freeList(64, { blocks: 2, parent }));
    for (const ptr of [take(heap, 64), take(heap, 64)]) heap.deallocate(ptr, Layout.of(64));
    expect([heap.usableSize(Layout.of(65)), heap.allocate(Layout.of(65))]).toEqual([0, NULL]);
    const ptr = take(heap, 64);
    expect(heap.resizeInPlace(ptr, Layout.of(64), Layout.of(65))).toBe(false);
  });
});

describe("in place", () => {
  test("a block grows into the free range after it, and no further", () => {
    const heap = region(400);
    const [first, second] = [take(heap, 100), take(heap, 100), take(heap, 100)];
    expect(heap.resizeInPlace(first!, Layout.of(100), Layout.of(105))).toBe(false);
    heap.deallocate(second!, Layout.of(100));
    expect(heap.resizeInPlace(first!, Layout.of(100), Layout.of(209))).toBe(false);
    expect(heap.resizeInPlace(first!, Layout.of(100), Layout.of(208))).toBe(true);
    expect(heap.allocate(Layout.of(89))).toBe(NULL);
  });

  test("the last block grows to the end of the region, through free ranges", () => {
    const heap = region(400);
    const [first, second] = [take(heap, 100), take(heap, 100)];
    heap.deallocate(second, Layout.of(100));
    expect(heap.resizeInPlace(first, Layout.of(100), Layout.of(401))).toBe(false);
    expect(heap.resizeInPlace(first, Layout.of(100), Layout.of(400))).toBe(true);
    heap.check();
  });

  test("bytes given up by a block are free", () => {
    const heap = region(104);
    const ptr = take(heap, 104);
    expect(heap.resizeInPlace(ptr, Layout.of(104), Layout.of(40))).toBe(true);
    expect(take(heap, 64)).toBe(ptr + 40);
  });
});

test("a block does not shrink in place to a layout that the child can never serve", () => {
  const inner = system({ parent });
  const heap = freeTree(
    Allocator.from({
      memory,
      allocate: (layout) => inner.allocate(layout),
      deallocate: (ptr, layout) => inner.deallocate(ptr, layout),
      usableSize: ({ size }) => (size <= 96 ? 0 : size),
    }),
  );
  const ptr = take(heap, 200);
  expect(heap.resizeInPlace(ptr, Layout.of(200), Layout.of(96))).toBe(false);
  expect(heap.resizeInPlace(ptr, Layout.of(200), Layout.of(97))).toBe(true);
});

describe("trim", () => {
  test("returns the free range at the tip, so that others can use it", () => {
    const inner = scoped(1000, { parent });
    const heap = freeTree(inner.byRef());
    const [first, second] = [take(heap, 500), take(heap, 480)];
    heap.deallocate(second, Layout.of(480));
    expect(inner.allocate(Layout.of(400))).toBe(NULL);
    heap.trim();
    heap.check();
    expect(inner.allocate(Layout.of(400))).toBe(first + 504);
    heap.dispose();
  });

  test("returns a block that is entirely free", () => {
    const inner = scoped(1000, { parent });
    const heap = freeTree(inner.byRef());
    const ptr = take(heap, 1000);
    heap.deallocate(ptr, Layout.of(1000));
    heap.trim();
    expect([heap.owns(ptr), inner.allocate(Layout.of(1000))]).toEqual([false, ptr]);
  });

  test("returns nothing to a child without a tip: it would be lost", () => {
    let tip = 65536;
    const bump = Allocator.from({
      memory: Memory.virtual(2 ** 20),
      allocate({ size }) {
        tip += size;
        return (tip - size) as Ptr;
      },
      deallocate() {},
    });
    const heap = freeTree(bump);
    const ptr = take(heap, 64);
    heap.deallocate(ptr, Layout.of(64));
    heap.trim();
    expect(take(heap, 64)).toBe(ptr);
  });
});

test("blocks taken from a lent child are returned to it on dispose", () => {
  const heap = system({ parent });
  const lent = freeTree(heap.byRef());
  const ptrs = [take(lent, 100), take(lent, 5000), take(lent, 300)];
  lent.deallocate(ptrs[0]!, Layout.of(100));
  lent.dispose();
  heap.trim();
  expect(heap.footprint().held).toBe(0);
});

test("a region whose child scope ended by reset starts over", () => {
  const heap = region(1000);
  take(heap, 1000);
  heap.reset();
  heap.check();
  expect(take(heap, 1000)).not.toBe(NULL);
});

describe("misuse", () => {
  test("a second release is detected, also of a part, and after coalescing", () => {
    const heap = region(1000);
    const [first, second] = [take(heap, 64), take(heap, 64), take(heap, 64)];
    heap.deallocate(first!, Layout.of(64));
    heap.deallocate(second!, Layout.of(64));
    for (const ptr of [first!, second!, (first! + 32) as Ptr]) {
      expect(codeThrown(() => heap.deallocate(ptr, Layout.of(8)))).toBe("double-free");
      expect(codeThrown(() => heap.resizeInPlace(ptr, Layout.of(8), Layout.of(16)))).toBe("double-free");
    }
    heap.check();
  });

  test("an unknown address, and a layout that reaches beyond the end, are foreign", () => {
    const heap = region(1000);
    const ptr = take(heap, 64);
    expect(codeThrown(() => heap.deallocate((ptr + 64) as Ptr, Layout.of(8)))).toBe("foreign-pointer");
    expect(codeThrown(() => heap.deallocate(ptr, Layout.of(65)))).toBe("foreign-pointer");
  });

  test("an address between the multiples of 8 is inside a block", () => {
    const heap = region(1000);
    const ptr = take(heap, 64);
    expect(codeThrown(() => heap.deallocate((ptr + 4) as Ptr, Layout.of(8)))).toBe("interior-pointer");
  });
});

test("it supports owns, resizeInPlace, check and trim over any child, and reset and defer if the child does", () => {
  const powers = ["owns", "reset", "sizeAt", "resizeInPlace", "check", "trim", "defer"] as const;
  const of = (allocator: Allocator) => powers.filter((power) => can<Allocator, typeof power>(allocator, power));
  const bare = Allocator.from({ memory, allocate: () => NULL, deallocate: () => {} });
  expect(of(freeTree(bare))).toEqual(["owns", "resizeInPlace", "check", "trim"]);
  expect(of(freeTree(system({ parent })))).toEqual(["owns", "reset", "resizeInPlace", "check", "trim"]);
  expect(of(region(8))).toEqual(["owns", "reset", "resizeInPlace", "check", "trim", "defer"]);
});

test("its bookkeeping reads and writes no byte of the memory", () => {
  const heap = freeTree(scoped(2 ** 20, { parent: pages(Memory.virtual(2 ** 32)) }));
  const ptrs = Array.from({ length: 100 }, () => take(heap, 100));
  for (const ptr of ptrs) heap.deallocate(ptr, Layout.of(100));
  expect(take(heap, 10_000)).toBe(ptrs[0]);
});

test("the words count as bookkeeping, in its own footprint and in that of a chain", () => {
  const heap = region(10_000);
  const before = heap.footprint();
  const ptrs = Array.from({ length: 100 }, () => take(heap, 16));
  for (const ptr of ptrs.filter((_, index) => index % 2 === 0)) heap.deallocate(ptr, Layout.of(16));
  const after = heap.footprint();
  expect([after.bookkeeping - before.bookkeeping >= 50 * 24, after.peak >= after.held + after.bookkeeping]).toEqual([
    true,
    true,
  ]);
  heap.reset();
  expect(heap.footprint().peak).toBe(after.peak);
});
