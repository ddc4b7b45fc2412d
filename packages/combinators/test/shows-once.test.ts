import { bucketize, fallback, freeTree, limit, quantize, segregate } from "@alloc/combinators";
import { type Allocator, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { expect, test } from "vitest";

const heap = () => system({ parent: pages(Memory.linear({ maximum: 2 ** 22 })) });

const pair = () => {
  const root = pages(Memory.linear({ maximum: 2 ** 22 }));
  return [system({ parent: root }), system({ parent: root })] as const;
};

/** Returns how often an allocator has a child among its enumerable values. */
function timesShown(allocator: Allocator, child: Allocator): number {
  const values: unknown[] = Object.values(allocator);
  return values.filter((value) => value === child || (Array.isArray(value) && value.includes(child))).length;
}

test.each<[string, () => Allocator]>([
  ["limit", () => limit(heap(), 1000)],
  ["quantize", () => quantize(heap(), 64)],
  ["fallback", () => fallback(...pair())],
  [
    "segregate",
    () => {
      const [small, large] = pair();
      return segregate([64, small], large);
    },
  ],
  [
    "bucketize",
    () => {
      const parent = heap();
      return bucketize((size) => freeList(size, { parent, blocks: 4 }), { from: 16, to: 32, step: 16 });
    },
  ],
  ["freeTree", () => freeTree(scoped(4096, { parent: heap() }))],
  ["stats", () => stats(heap())],
  ["guard", () => guard(heap())],
  ["leaks", () => leaks(heap())],
  ["proxy", () => proxy(heap(), {})],
])("%s shows each child once, so comparing chains costs the same for each level", (_what, make) => {
  const allocator = make();
  expect(allocator.children.map((child) => timesShown(allocator, child))).toEqual(allocator.children.map(() => 1));
});
