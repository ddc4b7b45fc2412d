import { type Allocator, Layout, type Pages } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Extents } from "../src/heap/large/extents.ts";
import { LARGE } from "../src/heap/records.ts";
import { addresses, freeOf, KiB, MiB, NOTHING_KEPT, overlaps, RUNS, upTo, withoutResize } from "./support.ts";

/** Minimum granules of extents of either kind. */
const LEAST_LARGE = 65;
const LEAST_SLAB = 32;
const SLAB = 1;

/** One program against a list of the ranges in use. */
class Trial {
  readonly root: Pages;
  readonly extents: Extents;
  readonly live: { record: number; start: number; size: number; least: number }[] = [];
  /** The most granules held since the last reset. */
  high = 0;
  readonly kinds = new Map([
    [LARGE, LEAST_LARGE],
    [SLAB, LEAST_SLAB],
  ]);

  constructor(root: Pages, parent: Allocator) {
    this.root = root;
    this.extents = new Extents(parent.memory, parent, NOTHING_KEPT);
  }

  run(step: Step): void {
    const { extents, live } = this;
    const one = live[("at" in step ? step.at : 0) % Math.max(live.length, 1)];
    if (step.do === "allocate") {
      const least = this.kinds.get(step.kind)!;
      const wanted = least + step.size;
      const enough = step.kind === LARGE || step.exact ? wanted : least;
      const record = extents.allocate(wanted, step.align, step.kind, enough);
      if (record === 0) return;
      const size = extents.size(record);
      expect(extents.address(record) % step.align).toBe(0);
      expect(size).toBeGreaterThanOrEqual(enough);
      expect(size).toBeLessThanOrEqual(enough === wanted ? wanted : wanted + LEAST_SLAB - 1);
      live.push({ record, start: extents.address(record), size, least });
    } else if (step.do === "trim") extents.trim();
    else if (step.do === "reset") {
      extents.reset();
      live.length = 0;
    } else if (step.do === "intrude") this.root.allocate(Layout.of(4 * KiB));
    else if (one === undefined) return;
    else if (step.do === "release") {
      extents.release(one.record);
      live.splice(live.indexOf(one), 1);
    } else if (step.do === "grow") {
      if (extents.grow(one.record, one.size + step.by)) one.size += step.by;
    } else if (step.do === "shrink") {
      one.size = Math.max(one.size - step.by, one.least);
      extents.shrink(one.record, one.size);
    }
  }

  check(): void {
    const { extents, live } = this;
    extents.check();
    for (const { record, start, size } of live) {
      expect([extents.address(record), extents.size(record)]).toEqual([start, size]);
      const chunk = extents.chunks.find(start);
      expect(chunk).toBeGreaterThanOrEqual(0);
      expect(start + size).toBeLessThanOrEqual(extents.chunks.end(chunk));
    }
    expect(overlaps(live.map(({ start, size }) => [start, start + size] as const))).toBe(0);
    this.checkTop();
  }

  /** From the live extents: the top is the end of the last one, and held is everything below it and all older chunks. */
  checkTop(): void {
    const { extents, live } = this;
    const { top, chunks } = extents;
    const newest = top.limit === 0 ? chunks.total : chunks.size(chunks.newest);
    const ends = live.filter(({ start }) => top.limit !== 0 && start >= top.base && start < top.limit);
    const end = Math.max(top.base, ...ends.map(({ start, size }) => start + size));
    if (top.limit !== 0) expect(top.granule).toBe(end);
    expect(top.held).toBe(top.limit === 0 ? chunks.total : chunks.total - newest + end - top.base);
    this.high = Math.max(this.high, top.held);
    if (top.limit !== 0) expect([0, 1].map((more) => top.rises(this.high - top.held + more))).toEqual([false, true]);
  }

  /** Releases everything, and expects one range in each chunk that serves all of it. */
  finish(): void {
    const { extents } = this;
    for (const { record } of this.live.splice(0)) extents.release(record);
    this.check();
    const { total } = extents.chunks;
    const whole = Math.max(
      0,
      ...Array.from({ length: extents.chunks.count }, (_, chunk) => extents.chunks.size(chunk)),
    );
    expect(freeOf(extents).length).toBeLessThanOrEqual(extents.chunks.count);
    // A bin with more than 8 is not searched to its end.
    if (whole >= LEAST_LARGE && extents.chunks.count <= 8) {
      const record = extents.allocate(whole, 1, LARGE, whole);
      expect([extents.size(record), extents.chunks.total]).toEqual([whole, total]);
      extents.release(record);
    }
    extents.trim();
    expect([extents.top.held, extents.chunks.total]).toEqual([0, 0]);
  }
}

const size = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 12_000 }));
const at = fc.nat();
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("allocate" as const),
      size,
      align: fc.nat(12).map((power) => 2 ** power),
      kind: fc.constantFrom(LARGE, SLAB),
      exact: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("release" as const), at }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("grow" as const), at, by: size }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("shrink" as const), at, by: size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("trim" as const, "reset" as const, "intrude" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

describe("extents agree with a list of ranges: aligned, disjoint and of the right length", () => {
  test.each<[string, (root: Pages) => Allocator]>([
    ["in a chunk that is raised", (root) => root],
    ["in many chunks, because the parent cannot resize", withoutResize],
    ["in chunks of at most 80 KiB", (root) => upTo(80 * KiB, root)],
  ])("%s", (_, parentOf) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const root = addresses(2 * MiB);
        const trial = new Trial(root, parentOf(root));
        for (const step of steps) {
          trial.run(step);
          trial.check();
        }
        trial.finish();
      }),
      { ...RUNS, numRuns: 150 },
    );
  });
});
