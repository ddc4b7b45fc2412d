/**
 * Combinators nest freely: a dozen chains written by hand, and random trees of all parts, run against the kit.
 *
 *     limit(…)                      depth 1
 *       └ fallback(…, …)                  2
 *           ├ stats(…)                    3
 *           │   └ scoped(…)               4
 *           └ system()
 */
import { chain, fallback, limit, nullAllocator, segregate } from "@alloc/combinators";
import { Allocator, type Can, can, Memory, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { type SystemHeap, system, tinyHeap } from "@alloc/global";
import { proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { checkAllocator } from "@alloc/testkit";
import { describeAllocator } from "@alloc/testkit/vitest";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "./support/runs.ts";

const MiB = 2 ** 20;

/** The materials of a hand-written chain: a root of its own, and a heap to borrow, which outlives it. */
interface Ground {
  readonly parent: Allocator;
  readonly heap: SystemHeap;
}

const list = (size: number, parent: Allocator) => freeList(size, { blocks: 12, parent });
const arena = (bytes: number, parent: Allocator) => scoped(bytes, { parent, grow: true });

const WRITTEN: Record<string, (ground: Ground) => Allocator> = {
  "the chain of the README": ({ parent }) => fallback(freeList(64, { parent }), system({ parent })),
  "a region, then a heap": ({ parent }) => fallback(scoped(1024, { parent }), system({ parent })),
  "three lists by order": ({ parent }) =>
    chain(list(16, parent)).orElse(list(64, parent)).orElse(list(256, parent)).build(),
  "three lists by size, then a heap": ({ parent }) =>
    segregate([16, list(16, parent)], [64, list(64, parent)], [256, list(256, parent)], system({ parent })),
  "by size, with a heap after the list": ({ parent }) =>
    segregate([64, fallback(list(64, parent), tinyHeap({ parent }))], arena(4096, parent)),
  "a limited heap with counters": ({ parent }) => chain(system({ parent })).pipe(limit, MiB).pipe(stats).build(),
  "a logged list in front of a heap": ({ parent }) => fallback(proxy(list(64, parent), {}), system({ parent })),
  "counters around counters": ({ parent }) => stats(fallback(stats(list(64, parent)), stats(tinyHeap({ parent })))),
  "a region in a heap, then that heap": ({ heap }) => fallback(scoped(1024, { parent: heap }), heap.byRef()),
  "a heap in a heap": ({ heap }) => system({ parent: heap }),
  "a limited small heap in a heap, then that heap": ({ heap }) =>
    fallback(limit(tinyHeap({ parent: heap }), 9999), heap.byRef()),
  "a limit, then nothing": ({ parent }) => fallback(limit(list(64, parent), 256), nullAllocator(parent.memory)),
};

for (const [name, make] of Object.entries(WRITTEN)) {
  const parent = pages(Memory.linear({ maximum: 16 * MiB }));
  const heap = system({ parent });
  describeAllocator(name, () => make({ parent, heap }), { programs: runs(40) });
}

/** A tree as an expression, and the chain it makes. */
interface Tree {
  readonly text: string;
  readonly make: () => Allocator;
}

const parent = pages(Memory.linear({ maximum: 64 * MiB }));

const leaf: fc.Arbitrary<Tree> = fc.constantFrom(
  { text: "freeList(64)", make: () => list(64, parent) },
  { text: "freeList(24)", make: () => list(24, parent) },
  { text: "scoped(2000)", make: () => scoped(2000, { parent }) },
  { text: "scoped(500, { grow: true })", make: () => arena(500, parent) },
  { text: "system()", make: () => system({ parent }) },
  { text: "tinyHeap()", make: () => tinyHeap({ parent }) },
  { text: "nullAllocator()", make: () => nullAllocator(parent.memory) },
);

const wrappers: Record<string, (inner: Allocator) => Allocator> = {
  "limit(3000)": (inner) => limit(inner, 3000),
  "proxy({})": (inner) => proxy(inner, {}),
  stats: (inner) => stats(inner),
  from: (inner) => Allocator.from(inner),
};

const { tree } = fc.letrec<{ tree: Tree; pair: Tree; wrapped: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4, depthSize: "large" }, leaf, tie("pair"), tie("wrapped")),
  pair: fc
    .record({ first: tie("tree"), second: tie("tree"), threshold: fc.option(fc.constantFrom(16, 64, 1000)) })
    .map(({ first, second, threshold }) => ({
      text:
        threshold === null
          ? `fallback(${first.text}, ${second.text})`
          : `segregate([${threshold}, ${first.text}], ${second.text})`,
      make: () => {
        const [one, other] = [first.make(), second.make()];
        if (threshold !== null) return segregate([threshold, one], other);
        return can(one, "owns") ? fallback(one, other) : fallback(other as Can<"owns">, one);
      },
    })),
  wrapped: fc
    .record({ inner: tie("tree"), name: fc.constantFrom(...Object.keys(wrappers)) })
    .map(({ inner, name }) => ({
      text: `${name}(${inner.text})`,
      make: () => wrappers[name]!(inner.make()),
    })),
}));

test("random trees of combinators, up to 4 levels deep, keep every rule", async () => {
  const run = async ({ make, text }: Tree) => {
    const report = await checkAllocator(make, { programs: 4, seed: 1 });
    expect(report.ok, `${text}\n${report}`).toBe(true);
  };
  await fc.assert(fc.asyncProperty(tree, run), { numRuns: runs(40), seed: 1 });
});
