/**
 * What a heap shows: its blocks, its fields, its text.
 *
 * @module
 */
import { inspect } from "node:util";
import { type Allocator, type Capabilities, Layout, occupancy, type Ptr } from "@alloc/core";
import { Global, heapReport, System, system, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, KiB, MiB, RUNS, take } from "./support.ts";

type Heap = Allocator & Pick<Capabilities, "blocks" | "trim">;

const HEAPS: Record<string, (parent: Allocator) => Heap> = {
  "system()": (parent) => system({ parent }),
  "system({ checked: true })": (parent) => system({ parent, checked: true }),
  "tinyHeap()": (parent) => tinyHeap({ parent }),
};
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ get: fc.constantFrom(1, 8, 24, 100, 256, 1000, 1500, 40_000) }) },
  { weight: 2, arbitrary: fc.record({ put: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ other: fc.constantFrom("trim", "chunk") }) },
);

describe.each(Object.entries(HEAPS))("blocks of %s", (_, make) => {
  test("visits each byte of its chunks once, by address, and only the live blocks as live", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const root = addresses(2 * MiB);
        const heap = make(root);
        const live = new Map<number, Layout>();
        let others = 0;
        for (const one of steps) {
          if ("get" in one) {
            const ptr = heap.allocate(Layout.of(one.get));
            if (ptr !== 0) live.set(ptr, Layout.of(one.get));
          } else if ("put" in one) {
            const [ptr, layout] = [...live][one.put % (live.size || 1)] ?? [];
            if (layout === undefined) continue;
            heap.deallocate(ptr as Ptr, layout);
            live.delete(ptr!);
          } else if (one.other === "trim") heap.trim();
          else {
            take(root, Layout.of(4 * KiB));
            others += 4 * KiB;
          }
        }
        const found: number[] = [];
        let end = 0;
        let sum = 0;
        heap.blocks((ptr, bytes, state) => {
          expect([ptr >= end, bytes > 0]).toEqual([true, true]);
          end = ptr + bytes;
          sum += bytes;
          if (state !== "live") return;
          found.push(ptr);
          expect(bytes).toBe(heap.usableSize(live.get(ptr)!));
        });
        expect(found).toEqual([...live.keys()].sort((a, b) => a - b));
        expect(sum).toBe(root.footprint().held - others);
      }),
      RUNS,
    );
  });
});

test("heapReport and occupancy agree about the live bytes, and the total", () => {
  const heap = system({ parent: addresses() });
  const ptrs = [10, 10, 500, 5000, 70_000].map((size) => [take(heap, Layout.of(size)), Layout.of(size)] as const);
  heap.deallocate(...ptrs[1]!);
  heap.deallocate(...ptrs[4]!);
  const { held, live } = heapReport(heap);
  const sums = occupancy(heap);
  expect(live.small + live.large).toBe(sums.live);
  expect(live.blocks).toBe(sums.liveBlocks);
  expect(held).toBe(sums.live + sums.cached + sums.free);
});

const SHOWN: Record<string, (parent: Allocator) => Allocator> = {
  ...HEAPS,
  System: () => System,
  Global: () => Global,
};

describe.each(Object.entries(SHOWN))("%s", (_, make) => {
  const heap = make(addresses());

  test("has only the documented enumerable fields", () => {
    const documented = ["detects", "isExact", "parent", "children", "epoch", "isBusy", "memory"];
    expect(Object.keys(heap).filter((key) => !documented.includes(key))).toEqual([]);
  });

  test("is a few characters as text, in a console and as JSON", () => {
    heap.allocate(Layout.of(100));
    for (const text of [`${heap}`, inspect(heap), JSON.stringify(heap)]) expect(text.length).toBeLessThan(400);
  });
});
