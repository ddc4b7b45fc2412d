import { Layout, Memory, type Ptr, pages } from "@alloc/core";
import { type SystemHeap, system } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, fill, KiB, MiB, misuseOf, RUNS, take, upTo, withoutResize, wordsOf } from "./support.ts";

const of = (size: number, align?: number) => Layout.of(size, align);

const size = fc.oneof(fc.integer({ min: 1, max: 1100 }), fc.integer({ min: 1, max: 30_000 }));
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      size,
      align: fc.nat(10).map((power) => 2 ** power),
      times: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ release: fc.nat(), times: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ resize: fc.nat(), size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("trim" as const, "reset" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Runs a program, and calls `after` after each operation, with the layout of a request without room. */
function run(heap: SystemHeap, steps: readonly Step[], after: (failed?: Layout) => void): void {
  let live: { ptr: Ptr; layout: Layout }[] = [];
  for (const step of steps) {
    if ("align" in step) {
      const layout = of(step.size, step.align);
      for (let time = 0; time < step.times; time++) {
        const ptr = heap.allocate(layout);
        if (ptr !== 0) live.push({ ptr, layout });
        after(ptr === 0 ? layout : undefined);
      }
    } else if ("release" in step) {
      for (const { ptr, layout } of live.splice(step.release % Math.max(live.length, 1), step.times)) {
        heap.deallocate(ptr, layout);
        after();
      }
    } else if ("resize" in step) {
      const one = live[step.resize % Math.max(live.length, 1)];
      if (one === undefined) continue;
      const to = of(step.size, one.layout.align);
      if (heap.resizeInPlace(one.ptr, one.layout, to)) one.layout = to;
      after();
    } else {
      if (step.do === "reset") live = [];
      heap[step.do]();
      after();
    }
  }
}

test("the peak is at least the largest sum of held and bookkeeping, and at most the sum of their maximums", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, rigid) => {
      const root = addresses(2 * MiB);
      const heap = system({ parent: rigid ? withoutResize(root) : root });
      const most = { sum: 0, held: 0, bookkeeping: 0 };
      const sample = () => {
        const { held, bookkeeping, peak } = heap.footprint();
        most.sum = Math.max(most.sum, held + bookkeeping);
        most.held = Math.max(most.held, held);
        most.bookkeeping = Math.max(most.bookkeeping, bookkeeping);
        expect(peak).toBeGreaterThanOrEqual(most.sum);
        expect(peak).toBeLessThanOrEqual(most.held + most.bookkeeping);
      };
      sample();
      run(heap, steps, sample);
    }),
    RUNS,
  );
});

test("without a trim or reset, the peak is the maximum of held plus the current bookkeeping", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const heap = system({ parent: addresses(2 * MiB) });
      let most = 0;
      const calls = steps.filter((one) => !("do" in one));
      run(heap, calls, () => {
        const { held, bookkeeping, peak } = heap.footprint();
        most = Math.max(most, held);
        expect(peak - bookkeeping).toBe(most);
      });
    }),
    RUNS,
  );
});

describe("a failed allocation", () => {
  test("empties all caches, and then the next one changes no word of the heap and of its parent", () => {
    let failures = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 40 }), (steps) => {
        const heap = system({ parent: upTo(70 * KiB, addresses(256 * KiB)) });
        run(heap, steps, (failed) => {
          if (failed === undefined) return;
          failures++;
          const before = wordsOf(heap);
          expect(heap.allocate(failed)).toBe(0);
          expect(wordsOf(heap)).toEqual(before);
          heap.check();
        });
      }),
      { ...RUNS, numRuns: 10 },
    );
    expect(failures).toBeGreaterThan(20);
  });

  test("does not change the held bytes and the room for others", () => {
    const heap = system({ parent: addresses(MiB) });
    heap.deallocate(take(heap, of(64)), of(64));
    const blocks = fill(heap, of(5000));
    const { held } = heap.footprint();
    expect(heap.allocate(of(MiB))).toBe(0);
    expect(heap.footprint().held).toBeLessThanOrEqual(held);
    expect(blocks.filter((ptr) => heap.sizeAt(ptr) !== 5056)).toEqual([]);
    heap.check();
  });
});

test("bookkeeping stays below 5 % of the held bytes for 1 MiB of blocks of 64", () => {
  const heap = system({ parent: addresses() });
  for (let block = 0; block < MiB / 64; block++) take(heap, of(64));
  const { held, bookkeeping } = heap.footprint();
  expect(held).toBeGreaterThanOrEqual(MiB);
  expect(bookkeeping).toBeLessThan(0.05 * held);
});

test("a heap that serves nothing holds nothing of its parent", () => {
  const root = addresses();
  const heap = system({ parent: root });
  heap.usableSize(of(100));
  heap.trim();
  expect([heap.footprint().held, root.footprint().held]).toEqual([0, 0]);
});

test("the footprint does not creep: 200 rounds of one random workload peak within 1 % of 20 rounds", () => {
  const heap = system({ parent: addresses(64 * MiB) });
  const sizes = fc.sample(size, { seed: 7, numRuns: 600 });
  const keys = fc.sample(fc.nat(), { seed: 8, numRuns: 600 });
  const round = () => {
    const live: { ptr: Ptr; layout: Layout }[] = [];
    for (const [index, bytes] of sizes.entries()) {
      live.push({ ptr: take(heap, of(bytes)), layout: of(bytes) });
      const [gone] = index % 3 === 0 ? live.splice(keys[index]! % live.length, 1) : [];
      if (gone !== undefined) heap.deallocate(gone.ptr, gone.layout);
    }
    for (const { ptr, layout } of live) heap.deallocate(ptr, layout);
  };
  for (let count = 0; count < 20; count++) round();
  const { peak } = heap.footprint();
  for (let count = 20; count < 200; count++) round();
  heap.check();
  expect(heap.footprint().peak).toBeLessThan(1.01 * peak);
});

test("all state lies in the words: restored, they make the heap serve the same addresses again", () => {
  const root = addresses();
  const heap = system({ parent: root });
  const sizes = fc.sample(size, { seed: 3, numRuns: 300 });
  const program = () => sizes.map((bytes) => heap.allocate(of(bytes)));
  const first = program();
  for (const [index, ptr] of first.entries()) if (index % 2 === 0) heap.deallocate(ptr as Ptr, of(sizes[index]!));
  const states = [heap, root].map((allocator) => structuredClone(allocator.describeSelf().state));
  const second = program();
  for (const [index, allocator] of [heap, root].entries()) {
    for (const [name, words] of Object.entries(allocator.describeSelf().state)) {
      words.fill(0 as never);
      words.set(states[index]![name] as never);
    }
  }
  heap.check();
  expect(program()).toEqual(second);
});

describe("over a memory without bytes", () => {
  const virtual = () => system({ parent: pages(Memory.virtual(MiB)) });

  test("a block that grows in place stays, and one that would move throws no-bytes and stays too", () => {
    const heap = virtual();
    const [low, top] = [take(heap, of(2000)), take(heap, of(2000))];
    expect(heap.grow(top, of(2000), of(4000))).toBe(top);
    const before = wordsOf(heap);
    expect(misuseOf(() => heap.grow(low, of(2000), of(4000))).code).toBe("no-bytes");
    expect(wordsOf(heap)).toEqual(before);
  });

  test("zeroing throws no-bytes and changes nothing", () => {
    const heap = virtual();
    const before = wordsOf(heap);
    expect(misuseOf(() => heap.allocateZeroed(of(100))).code).toBe("no-bytes");
    expect(wordsOf(heap)).toEqual(before);
  });
});
