import { Allocator, alignUp, type Can, Layout, type Pages, type Ptr } from "@alloc/core";
import { type TinyHeap, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, KiB, MiB, RUNS, upTo, withoutResize } from "./support.ts";

const GRANULE = 8;
type Range = { start: number; end: number };

/** A parent that records its live blocks. */
function recording(parent: Can<never>, chunks: Map<number, number>): Allocator {
  const resizable = parent as Can<never> & Partial<Can<"resizeInPlace">>;
  const note = (ptr: number, layout: Layout) => chunks.set(ptr, ptr + parent.usableSize(layout));
  return Allocator.from({
    memory: parent.memory,
    allocate(layout) {
      const ptr = parent.allocate(layout);
      if (ptr !== 0) note(ptr, layout);
      return ptr;
    },
    deallocate(ptr, layout) {
      parent.deallocate(ptr, layout);
      chunks.delete(ptr);
    },
    usableSize: (layout) => parent.usableSize(layout),
    resizeInPlace(ptr: Ptr, from: Layout, to: Layout) {
      const done = resizable.resizeInPlace?.(ptr, from, to) ?? false;
      if (done) note(ptr, to);
      return done;
    },
  });
}

/** One program against a list of the live blocks in the chunks of the heap. */
class Trial {
  readonly root: Pages;
  readonly heap: TinyHeap;
  readonly chunks = new Map<number, number>();
  readonly live: { ptr: Ptr; layout: Layout }[] = [];
  peak = 0;

  constructor(root: Pages, parent: Can<never>) {
    this.root = root;
    this.heap = tinyHeap({ parent: recording(parent, this.chunks) });
    this.note();
  }

  /** The longest free ranges, by address. */
  get free(): Range[] {
    return [...this.chunks].flatMap(([base, end]) => {
      const inside = this.live.filter(({ ptr }) => ptr >= base && ptr < end).sort((a, b) => a.ptr - b.ptr);
      const starts = [base, ...inside.map(({ ptr, layout }) => ptr + alignUp(layout.size, GRANULE))];
      const ends = [...inside.map(({ ptr }) => ptr as number), end];
      return starts.map((start, index) => ({ start, end: ends[index]! })).filter(({ start, end }) => start < end);
    });
  }

  /** The expected place of a block: the lowest free range with room. */
  placeOf({ size, align }: Layout): number | undefined {
    const places = this.free.filter(({ start, end }) => alignUp(start, align) + size <= end);
    return places.map(({ start }) => alignUp(start, align)).sort((a, b) => a - b)[0];
  }

  run(step: Step): void {
    const { heap, live } = this;
    const one = live[("at" in step ? step.at : 0) % Math.max(live.length, 1)];
    if (step.do === "allocate") {
      const layout = Layout.of(step.size, step.align);
      const place = this.placeOf(layout);
      const chunks = new Map(this.chunks);
      const ptr = heap.allocate(layout);
      if (place !== undefined) expect([ptr, this.chunks]).toEqual([place, chunks]);
      if (ptr === 0) expect(this.chunks).toEqual(chunks);
      else {
        expect(ptr).toBe(this.placeOf(layout));
        live.push({ ptr, layout });
      }
    } else if (step.do === "trim") heap.trim();
    else if (step.do === "reset") {
      heap.reset();
      live.length = 0;
    } else if (step.do === "intrude") this.root.allocate(Layout.of(4 * KiB));
    else if (one === undefined) return;
    else if (step.do === "release") {
      heap.deallocate(one.ptr, one.layout);
      live.splice(live.indexOf(one), 1);
    } else if (step.do === "resize") this.resize(one, Layout.of(step.size, one.layout.align));
  }

  resize(one: { ptr: Ptr; layout: Layout }, to: Layout): void {
    const end = one.ptr + alignUp(one.layout.size, GRANULE);
    const limit = this.free.find(({ start }) => start === end)?.end ?? end;
    const isLast = limit === Math.max(...this.chunks.values());
    const fits = one.ptr + to.size <= limit;
    const done = this.heap.resizeInPlace(one.ptr, one.layout, to);
    if (fits || !isLast) expect(done).toBe(fits);
    if (done) one.layout = to;
  }

  note(): void {
    const { held, bookkeeping } = this.heap.footprint();
    this.peak = Math.max(this.peak, held + bookkeeping);
  }

  check(): void {
    const { heap, live, chunks } = this;
    heap.check();
    this.note();
    for (const { ptr, layout } of live) expect(heap.sizeAt(ptr)).toBe(alignUp(layout.size, GRANULE));
    const { held, bookkeeping, peak } = heap.footprint();
    expect(held).toBe([...chunks].reduce((sum, [base, end]) => sum + end - base, 0));
    // A mark for each block, free range and chunk, and the one at address 0.
    const marks = live.length + this.free.length + chunks.size + 1;
    expect(bookkeeping).toBe(4 * (marks + heap.describeSelf().state.state!.length));
    expect(peak).toBe(this.peak);
  }

  finish(): void {
    for (const { ptr, layout } of this.live.splice(0).reverse()) this.heap.deallocate(ptr, layout);
    this.check();
    expect(this.free.length).toBe(this.chunks.size);
    this.heap.trim();
    this.check();
    expect(this.chunks.size).toBe(0);
  }
}

const size = fc.oneof(
  fc.integer({ min: 1, max: 64 }),
  fc.integer({ min: 1, max: 3000 }),
  fc.integer({ min: 1, max: 90_000 }),
);
const at = fc.nat();
const align = fc.oneof(
  fc.constant(8),
  fc.nat(14).map((power) => 2 ** power),
);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("allocate" as const), size, align }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("release" as const), at }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("resize" as const), at, size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("trim" as const, "reset" as const, "intrude" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

describe("each block lies in the lowest place with room, and nothing is lost or marked twice", () => {
  test.each<[string, (root: Pages) => Can<never>]>([
    ["in a chunk that is raised", (root) => root],
    ["in many chunks, because the parent cannot resize", withoutResize],
    ["in chunks of at most 12 KiB", (root) => upTo(12 * KiB, root)],
  ])("%s", (_, parentOf) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const root = addresses(MiB);
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
