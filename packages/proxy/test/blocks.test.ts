/**
 * `blocks(visit)` of observers: the blocks of the inner allocator, and for a guard the red zones and the quarantine too.
 */
import { type Allocator, type BlockState, type Can, type Capability, can, Memory, type Ptr, pages } from "@alloc/core";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { expect, test } from "vitest";
import { small, take } from "./support/fixtures.ts";
import { throwing } from "./support/throwing.ts";

const OBSERVERS: Record<string, (inner: Can<Capability>) => Can<Capability>> = {
  proxy: (inner) => proxy(inner, {}),
  stats: (inner) => stats(inner),
  leaks: (inner) => leaks(inner),
  guard: (inner) => guard(inner),
};

type Seen = [number, number, BlockState];

/** An allocator that visits its live blocks, and the free range after them. */
function visited(parent: Allocator): Can<Capability> {
  const { allocator, live } = throwing(parent.byRef());
  return Object.defineProperty(allocator, "blocks", {
    value(visit: (ptr: number, bytes: number, state: BlockState) => void) {
      const sorted = [...live].sort(([a], [b]) => a - b);
      for (const [ptr, { size }] of sorted) visit(ptr, size, "live");
      visit(2 ** 19, 100, "free");
    },
  });
}

function seenBy(allocator: Can<Capability>): Seen[] {
  const seen: Seen[] = [];
  allocator.blocks((ptr, bytes, state) => seen.push([ptr, bytes, state]));
  return seen;
}

const root = () => pages(Memory.linear({ maximum: 2 ** 20 }));

test.each(Object.entries(OBSERVERS))(
  "%s supports it if the inner allocator does, and visits the same ranges",
  (_name, watch) => {
    const inner = visited(root());
    const one = watch(inner);
    take(one, small);
    take(one, small);
    expect(seenBy(one)).toEqual(seenBy(inner));
    expect(seenBy(one).map(([, , state]) => state)).toEqual(["live", "live", "free"]);
    expect(can(watch(throwing(root().byRef()).allocator), "blocks")).toBe(false);
  },
);

test("a guard reports inner blocks, red zones included, and blocks in quarantine as cached", () => {
  const one = guard(visited(root()), { redZone: 16 });
  const [first, second] = [take(one, small), take(one, small)];
  one.deallocate(first, small);
  const expected: Seen[] = [
    [first - 16, 72, "cached"],
    [second - 16, 72, "live"],
    [2 ** 19, 100, "free"],
  ];
  expect(seenBy(one)).toEqual(expected.sort(([a], [b]) => a - b));
  one.trim?.();
  const last: Ptr = take(one, small);
  expect(seenBy(one).filter(([ptr]) => ptr === last - 16)).toEqual([[last - 16, 72, "live"]]);
});

test("a guard splits the range of a region where its blocks start, and leaves other blocks live", () => {
  const region = scoped(4096, { parent: root() });
  take(region, small); // not a block of the guard
  const one = guard(region.byRef());
  const ptrs = [take(one, small), take(one, small), take(one, small)];
  one.deallocate(ptrs[1]!, small);
  const states = seenBy(one as unknown as Can<Capability>).map(([ptr, , state]) => [ptr, state]);
  const bases = ptrs.map((ptr) => ptr - 16);
  expect(states.slice(1, 4)).toEqual([
    [bases[0], "live"],
    [bases[1], "cached"],
    [bases[2], "live"],
  ]);
  expect(states[0]?.[1]).toBe("live");
  const sum = (allocator: Allocator) =>
    seenBy(allocator as Can<Capability>).reduce((bytes, [, size]) => bytes + size, 0);
  expect(sum(one)).toBe(sum(region));
});
