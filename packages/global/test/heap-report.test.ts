import { Layout } from "@alloc/core";
import { heapReport, system, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addresses, MiB, RUNS } from "./support.ts";

const of = Layout.of;

describe("compared with a list of live blocks", () => {
  const step = fc.oneof(fc.record({ size: fc.integer({ min: 1, max: 20_000 }) }), fc.record({ release: fc.nat() }));
  const after = (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) => {
    const heap = system({ parent: addresses(8 * MiB) });
    const live: { ptr: number; layout: Layout }[] = [];
    for (const one of steps) {
      if ("size" in one) {
        const layout = of(one.size, 4);
        live.push({ ptr: heap.allocate(layout), layout });
      } else if (live.length > 0) {
        const [{ ptr, layout }] = live.splice(one.release % live.length, 1) as [(typeof live)[number]];
        heap.deallocate(ptr as never, layout);
      }
    }
    return { heap, live, report: heapReport(heap.describeSelf()) };
  };
  const check = (holds: (trial: ReturnType<typeof after>) => void) =>
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => holds(after(steps))),
      RUNS,
    );

  test("live is their number and their usable bytes", () => {
    check(({ heap, live, report }) => {
      const usable = live.map(({ layout }) => heap.usableSize(layout)).reduce((sum, bytes) => sum + bytes, 0);
      expect([report.live.blocks, report.live.small + report.live.large]).toEqual([live.length, usable]);
    });
  });

  test("the parts add up to the held bytes", () => {
    check(({ heap, report: { held, live, cached, free, untouched } }) => {
      const parts = [
        live.small,
        live.large,
        cached.magazines,
        cached.slabs,
        cached.parked,
        ...free.map(({ bytes }) => bytes),
        untouched,
      ];
      expect(held - untouched).toBe(heap.footprint().held);
      expect(held).toBe(heap.parent!.footprint().held);
      expect(parts.reduce((sum, bytes) => sum + bytes, 0)).toBe(held);
    });
  });

  test("the slack is within the bound", () => {
    check(({ heap, live, report }) => {
      const slack = live.reduce((sum, { layout }) => sum + heap.usableSize(layout) - layout.size, 0);
      expect(report.slackAtMost).toBeGreaterThanOrEqual(slack);
    });
  });

  test("after a trim only slabs with a live block keep free bytes, and free extents are listed by octave", () => {
    check(({ heap }) => {
      heap.trim();
      const { cached, free } = heapReport(heap.describeSelf());
      expect([cached.magazines, cached.parked]).toEqual([0, 0]);
      const isSorted = free.every(({ least }, index) => index === 0 || least >= 2 * free[index - 1]!.least);
      const isInside = free.every(
        ({ least, extents, bytes }) => bytes >= extents * least && bytes < 2 * extents * least,
      );
      expect([isSorted, isInside]).toEqual([true, true]);
    });
  });
});

test("free extents of one octave are listed together, with their number", () => {
  const heap = system({ parent: addresses(8 * MiB) });
  const ptrs = Array.from({ length: 7 }, (_, index) => heap.allocate(of(index === 5 ? 9000 : 2000)));
  for (const index of [1, 3, 5]) heap.deallocate(ptrs[index] as never, of(index === 5 ? 9000 : 2000));
  heap.trim();
  expect(heapReport(heap.describeSelf()).free).toEqual([
    { least: 1024, extents: 2, bytes: 2 * 2000 },
    { least: 8192, extents: 1, bytes: 9088 },
  ]);
});

test("a posted description gives the same report as the heap", () => {
  const heap = system();
  heap.allocate(of(100));
  const posted = structuredClone(heap.describe());
  expect(heapReport(posted.nodes[posted.root]!)).toEqual(heapReport(heap.describeSelf()));
});

test("as text it is a table, whose rows have their share", () => {
  const heap = system();
  heap.allocate(of(3000));
  const text = `${heapReport(heap.describeSelf())}`;
  expect(text).toMatch(/^held, in bytes +65,536 {2}100\.0 %$/m);
  expect(text).toMatch(/^live in extents +3,008 {4}4\.6 % {3}1 block in all$/m);
  expect(text).toMatch(/^untouched +62,528 {3}95\.4 %$/m);
});

test("the description of another allocator is refused, by name", () => {
  expect(() => heapReport(tinyHeap().describeSelf())).toThrow(
    'heapReport expects a system() or its description, got "tinyHeap": occupancy(heap) reports on any allocator with blocks',
  );
});
