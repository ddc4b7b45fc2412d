import { cascade } from "@alloc/combinators";
import { Allocator, Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Bookkeeping } from "../src/bookkeeping.ts";

const memory = Memory.linear({ maximum: 2 ** 20 });
const alone = () =>
  new Bookkeeping(
    memory,
    () => 0,
    () => [],
  );
/** Bytes of its own word. */
const OWN = 8;

/** An allocator with the given peak. */
function withPeak(peak: number): Allocator {
  return Object.assign(Allocator.from({ memory, allocate: () => NULL, deallocate: () => {} }), {
    footprint: () => ({ held: 0, bookkeeping: 0, peak }),
  });
}

test("it serves size 0 only, and accepts nothing else", () => {
  const it = alone();
  const layout = Layout.of(8);
  const none = Layout.of(0, 32);
  expect([it.allocate(layout), it.usableSize(layout), it.allocate(none), it.usableSize(none)]).toEqual([
    NULL,
    0,
    none.dangling,
    0,
  ]);
  it.deallocate(none.dangling, none);
  const message = "65536 was given to bookkeeping, which never hands out a block";
  const misuse = expect.objectContaining({ code: "foreign-pointer", message });
  expect(() => it.deallocate(65536 as Ptr, layout)).toThrow(misuse);
});

test("the sum of all peaks is the highest one of its bytes and its siblings' peaks, noted or current", () => {
  const state = fc.record({ words: fc.nat(1000), peaks: fc.array(fc.nat(5000), { maxLength: 4 }) });
  fc.assert(
    fc.property(fc.array(state, { minLength: 1 }), (states) => {
      let now = states[0]!;
      const it = new Bookkeeping(
        memory,
        () => now.words,
        () => now.peaks.map(withPeak),
      );
      let highest = 0;
      for (const next of states) {
        now = next;
        const beside = now.peaks.reduce((sum, peak) => sum + peak, 0);
        highest = Math.max(highest, beside + now.words + OWN);
        expect(it.footprint()).toEqual({ held: 0, bookkeeping: now.words + OWN, peak: highest - beside });
        it.note();
      }
    }),
  );
});

test("in a chain it is a separate member, with its word", () => {
  const { nodes } = cascade(() => freeList(64, { parent: pages(memory) })).describe();
  const it = nodes.find(({ kind }) => kind === "bookkeeping");
  expect(it).toMatchObject({ children: [], options: {}, state: { counters: new Float64Array(1) } });
});
