import {
  Allocator,
  ArgumentError,
  type BlockState,
  type BlockVisitor,
  type Can,
  Layout,
  Memory,
  NULL,
  type Null,
  occupancy,
  orThrow,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import { blocksOf } from "@alloc/core/author";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

type Range = [ptr: number, bytes: number, state: BlockState];
const memory = Memory.virtual(2 ** 20);

/** A bump allocator over a window, whose released blocks are cached and whose remainder is free. */
class Bump extends Allocator {
  override readonly memory = memory;
  readonly from: number;
  readonly to: number;
  top: number;
  readonly ranges: Range[] = [];

  constructor(from: number, to: number, parent?: Allocator) {
    super(parent);
    this.from = from;
    this.to = to;
    this.top = from;
  }
  override allocate({ size }: Layout): Ptr | Null {
    if (this.top + size > this.to) return NULL;
    this.ranges.push([this.top, size, "live"]);
    this.top += size;
    return (this.top - size) as Ptr;
  }
  override deallocate(ptr: Ptr): void {
    this.ranges.find(([start]) => start === ptr)![2] = "cached";
  }
  blocks(visit: BlockVisitor): void {
    for (const range of this.ranges) visit(...range);
    if (this.top < this.to) visit(this.top, this.to - this.top, "free");
  }
}

/** A combinator of any children that support blocks. */
class Several extends Allocator {
  override readonly memory = memory;
  constructor(...children: Allocator[]) {
    super(undefined, children);
  }
  override allocate(layout: Layout): Ptr | Null {
    return this.children[0]!.allocate(layout);
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    this.children[0]!.deallocate(ptr, layout);
  }
  blocks(visit: BlockVisitor): void {
    blocksOf(this.children, visit);
  }
  override describeSelf(): SelfDescription {
    return { kind: "several", options: {}, state: {} };
  }
}

function rangesOf(allocator: Can<"blocks">): Range[] {
  const ranges: Range[] = [];
  allocator.blocks((...range) => ranges.push(range));
  return ranges;
}

describe("blocksOf", () => {
  test("merges the ranges of its children by address, whatever their order, and passes on the ranges of a single one", () => {
    const low = new Bump(100, 200);
    const high = new Bump(1000, 1100);
    low.allocate(Layout.of(40));
    high.allocate(Layout.of(100));
    const expected = [
      [100, 40, "live"],
      [140, 60, "free"],
      [1000, 100, "live"],
    ];
    expect(rangesOf(new Several(high.byRef(), low.byRef()))).toEqual(expected);
    expect(rangesOf(new Several(low.byRef(), high.byRef()))).toEqual(expected);
    expect(rangesOf(new Several(low.byRef()))).toEqual(expected.slice(0, 2));
  });

  test("replaces a block that is the chunk of another child by its contents, in either order, also if one range fills it", () => {
    const outer = new Bump(0, 1000);
    outer.allocate(Layout.of(16));
    const chunk = orThrow(outer.allocate(Layout.of(64)), Layout.of(64));
    outer.allocate(Layout.of(20));
    const inner = new Bump(chunk, chunk + 64, outer);
    const middle = orThrow(inner.allocate(Layout.of(32)), Layout.of(32));
    const within = new Bump(middle, middle + 32, inner);
    const around: Range[][] = [
      [[0, 16, "live"]],
      [
        [80, 20, "live"],
        [100, 900, "free"],
      ],
    ];
    const all = () => [outer, inner, within].map((each) => each.byRef());
    // In the innermost one, one range fills the block of the middle one, which starts at its chunk.
    const expected = () => [...around[0]!, ...rangesOf(within), [48, 32, "free"], ...around[1]!];
    for (const state of ["free", "live", "cached"]) {
      if (state === "live") within.allocate(Layout.of(32));
      if (state === "cached") within.deallocate(middle);
      for (const order of permutations(all())) expect(rangesOf(new Several(...order))).toEqual(expected());
    }
  });

  test("visits each byte once, like a byte-wise model of a tree of children", () => {
    const step = fc.record({
      which: fc.nat(),
      size: fc.integer({ min: 1, max: 40 }),
      do: fc.constantFrom("take", "take", "free", "nest"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, reversed) => {
        const heaps = [new Bump(16, 400), new Bump(1000, 1400)];
        const state: (BlockState | undefined)[] = [];
        const paint = (from: number, to: number, what: BlockState) => state.fill(what, from, to);
        state.length = 1400;
        paint(16, 400, "free");
        paint(1000, 1400, "free");
        const live: { heap: Bump; ptr: Ptr; size: number }[] = [];
        for (const { which, size, do: what } of steps) {
          const heap = heaps[which % heaps.length]!;
          if (what === "free" && live.length > 0) {
            const [block] = live.splice(which % live.length, 1);
            block!.heap.deallocate(block!.ptr);
            paint(block!.ptr, block!.ptr + block!.size, "cached");
            continue;
          }
          const ptr = heap.allocate(Layout.of(size));
          if (ptr === NULL) continue;
          paint(ptr, ptr + size, "live");
          if (what !== "nest") live.push({ heap, ptr, size });
          else {
            heaps.push(new Bump(ptr, ptr + size, heap));
            paint(ptr, ptr + size, "free");
          }
        }
        const lent = heaps.map((heap) => heap.byRef());
        const whole = new Several(...(reversed ? lent.toReversed() : lent));
        const seen: (BlockState | undefined)[] = [];
        seen.length = 1400;
        let end = 0;
        whole.blocks((ptr, bytes, what) => {
          expect(ptr, "sorted and disjoint").toBeGreaterThanOrEqual(end);
          end = ptr + bytes;
          seen.fill(what, ptr, end);
        });
        expect(seen).toEqual(state);
        const count = (what: BlockState) => state.filter((it) => it === what).length;
        const { live: bytes, cached, free } = occupancy(whole);
        expect([bytes, cached, free]).toEqual([count("live"), count("cached"), count("free")]);
      }),
      { numRuns: 200 },
    );
  });
});

describe("occupancy", () => {
  const of = (...ranges: Range[]) =>
    occupancy(
      Allocator.from({
        memory,
        allocate: () => NULL,
        deallocate() {},
        blocks: (visit: BlockVisitor) => {
          for (const range of ranges) visit(...range);
        },
      }),
    );

  test("sums up the bytes by state, and the fragmentation of the free ones", () => {
    expect(of([0, 10, "live"], [10, 6, "cached"], [16, 30, "free"], [46, 4, "live"], [50, 10, "free"])).toEqual({
      liveBlocks: 2,
      live: 14,
      cached: 6,
      free: 40,
      largestFree: 30,
      fragmentation: 0.25,
    });
  });

  test("has no fragmentation if nothing is free, or all of it in one range: cached bytes do not count", () => {
    expect(of([0, 10, "live"], [10, 6, "cached"], [20, 6, "cached"])).toMatchObject({
      free: 0,
      largestFree: 0,
      fragmentation: 0,
    });
    expect(of([0, 10, "cached"], [10, 6, "free"])).toMatchObject({ free: 6, largestFree: 6, fragmentation: 0 });
    expect(of()).toEqual({ liveBlocks: 0, live: 0, cached: 0, free: 0, largestFree: 0, fragmentation: 0 });
  });

  test("is a line of text too", () => {
    expect(String(of([0, 1000, "live"], [1000, 6, "cached"], [1006, 30, "free"], [1050, 10, "free"]))).toBe(
      "1000 bytes live (blocks: 1), 6 cached, 40 free (largest range: 30, 25.0 % fragmented)",
    );
  });

  test("refuses an allocator that does not support blocks, and names it", () => {
    const bare = Allocator.from({ memory, allocate: () => NULL, deallocate() {} });
    expect(() => occupancy(bare)).toThrow(
      new ArgumentError("occupancy expects an allocator that supports blocks(visit), got custom"),
    );
  });
});

function permutations<T>(all: readonly T[]): T[][] {
  if (all.length < 2) return [[...all]];
  return all.flatMap((first, index) => permutations(all.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}
