/**
 * The worst cases of a heap with size classes: memory that one size keeps from another, and requests without room.
 *
 * @module
 */
import { Layout, type Ptr } from "@alloc/core";
import { system } from "@alloc/global";
import { RELEASE, type Trace, WORKLOADS } from "@alloc/testkit";
import { describe, expect, test, vi } from "vitest";
import { isThorough } from "../../../checks/support/runs.ts";
import { Bits } from "../src/heap/small/bits.ts";
import { classSize } from "../src/heap/small/size-classes.ts";
import { Slabs } from "../src/heap/small/slabs.ts";
import { SystemMachine } from "../src/system-machine.ts";
import { addresses, fill, KiB, MiB, magazinesOver, take } from "./support.ts";

/** Returns the peak of the bytes that a heap uses for a trace, divided by the peak of the live bytes. */
function heldToLive(trace: Trace, checked: boolean): number {
  const heap = system({ parent: addresses(256 * MiB), checked });
  const live = new Map<number, [Ptr, Layout]>();
  for (let index = 0; index < trace.length; index++) {
    const id = trace.ids[index]!;
    if (trace.kinds[index] === RELEASE) {
      heap.deallocate(...live.get(id)!);
      live.delete(id);
    } else {
      const layout = Layout.of(trace.sizes[index]!, trace.aligns[index] || 8);
      live.set(id, [take(heap, layout), layout]);
    }
  }
  heap.check();
  return heap.footprint().peak / trace.header.peak;
}

const BOUNDS = [
  ["turns", 2.5],
  ["half-turns", 2.5],
  ["sawtooth", 3],
  ["uniforms", 1.3],
] as const;
test.each(BOUNDS)("system() uses for %s at most %f times the live bytes", (name, most) =>
  expectBound(name, most, false),
);
test.each(BOUNDS)(
  "system({ checked: true }) uses for %s at most %f times the live bytes",
  { tags: ["thorough"] },
  (name, most) => expectBound(name, most, true),
);

function expectBound(name: (typeof BOUNDS)[number][0], most: number, checked: boolean): void {
  for (const seed of isThorough ? [1, 2] : [1]) {
    expect(heldToLive(WORKLOADS[name].make({ seed, operations: 200_000 }), checked)).toBeLessThan(most);
  }
}

test.each([128, 256])("blocks of %i bytes at multiples of that use at most 1.1 times their bytes", (size) => {
  const heap = system({ parent: addresses() });
  for (let count = 0; count < 2000; count++) expect(take(heap, Layout.of(size, size)) % size).toBe(0);
  expect(heap.footprint().peak).toBeLessThan(1.1 * 2000 * size);
});

test.each([2, 8])("%i sizes in turn, one block live at a time, make less than ten slabs for each", (count) => {
  const heap = system({ parent: addresses() });
  const layouts = Array.from({ length: count }, (_, index) => Layout.of(16 + 16 * index));
  const spy = vi.spyOn(Slabs.prototype, "make");
  for (let round = 0; round < 1000; round++) {
    for (const layout of layouts) heap.deallocate(take(heap, layout), layout);
  }
  const made = spy.mock.calls.length;
  spy.mockRestore();
  expect(made).toBeLessThan(10 * count);
});

describe("a program that goes on after requests without room", () => {
  const LARGE = Layout.of(2 * MiB);
  /** A full memory, of which some blocks of each size are released: a heap that could cache much. */
  const full = (sizes: readonly number[]) => {
    const heap = new SystemMachine(addresses(MiB));
    const live = sizes.map((size) => {
      const layout = Layout.of(size);
      const blocks = Array.from({ length: (512 * KiB) / sizes.length / size }, () => take(heap, layout));
      for (const [index, ptr] of blocks.entries()) if (index % 2 === 0) heap.deallocate(ptr, layout);
      return layout;
    });
    fill(heap, Layout.of(4096));
    expect(heap.allocate(LARGE)).toBe(0);
    return { heap, live };
  };

  test("moves no more blocks between magazines and slabs than four for each of its own calls", () => {
    const { heap, live } = full([16, 24, 32, 48, 64, 96, 128, 256]);
    let moved = 0;
    const { put } = Slabs.prototype;
    const spy = vi.spyOn(Slabs.prototype, "put").mockImplementation(function (this: Slabs, sizeClass, from, base, top) {
      moved += top - base;
      put.call(this, sizeClass, from, base, top);
    });
    let calls = 0;
    for (let round = 0; round < 100; round++) {
      for (const layout of live) {
        expect(heap.allocate(layout)).not.toBe(0);
        calls++;
      }
      expect(heap.allocate(LARGE)).toBe(0);
    }
    spy.mockRestore();
    heap.check();
    expect(moved).toBeLessThan(4 * calls);
  });

  test("examines no slab twice for blocks released once", () => {
    const { heap, live } = full([16, 24, 32, 48]);
    const [layout] = live as [Layout];
    const ptr = take(heap, layout);
    let steps = 0;
    const { free } = Bits.prototype;
    const spy = vi.spyOn(Bits.prototype, "free").mockImplementation(function (this: Bits, area) {
      steps++;
      return free.call(this, area);
    });
    for (let round = 0; round < 100; round++) expect(heap.allocate(LARGE)).toBe(0);
    const before = steps;
    for (let round = 0; round < 100; round++) {
      heap.deallocate(ptr, layout);
      expect(heap.allocate(LARGE)).toBe(0);
      expect(heap.allocate(layout)).toBe(ptr);
    }
    spy.mockRestore();
    expect(before).toBeLessThan(1000);
    // Each round releases one block, which pays for a few looks.
    expect(steps - before).toBeLessThan(100 * 20);
  });

  test("refills a magazine with one block after a failure, then with two, and so on up to half its limit", () => {
    const { heap, get, inside, room } = magazinesOver(addresses());
    for (let count = 0; count < 3000; count++) get(6);
    heap.releaseAll(true);
    const batches: number[] = [];
    for (let count = 0; count < 3000; count++) {
      const wasEmpty = inside(6).length === 0;
      get(6);
      if (wasEmpty) batches.push(inside(6).length + 1);
    }
    expect(classSize(6)).toBe(24);
    expect(batches.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
    expect(Math.max(...batches)).toBe(Math.ceil(room(6) / 2));
  });
});
