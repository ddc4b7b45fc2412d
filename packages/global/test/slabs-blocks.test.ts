import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GRANULE } from "../src/heap/records.ts";
import { CLASSES, classSize } from "../src/heap/size-classes.ts";
import { addresses, KiB, overlaps, RUNS, slabsOver } from "./support.ts";

const make = (length?: number) => slabsOver(addresses(length));
const times = <T>(count: number, call: () => T): T[] => Array.from({ length: count }, call);

describe("locate", () => {
  test("numbers the live blocks of a slab by their addresses", () => {
    const { get, locate } = make();
    const blocks = times(21, () => get(24));
    expect(blocks.map(locate)).toEqual([...Array(21).keys()]);
  });

  test("refuses every address inside a block, and each fraction of one", () => {
    const { get, locate } = make();
    const ptr = get(24);
    get(24);
    const inside = [...Array(23).keys()].map((offset) => ptr + 1 + offset);
    expect([...inside, ptr + 0.5].map(locate).filter((block) => block >= 0)).toEqual([]);
  });

  test("refuses a free block, before its slab was full and after it came back", () => {
    const { get, put, locate } = make();
    const [first, second] = [get(24), get(24)];
    expect(locate(second + 24)).toBe(-1);
    put(first);
    expect([locate(first), locate(second)]).toEqual([-1, 1]);
  });

  test("refuses the tail of a slab where another block would begin", () => {
    const { get, locate, slabsOf } = make();
    const blocks = times(21, () => get(24));
    expect(slabsOf(24)).toEqual([21 * 24 + 8]);
    expect(locate(blocks[20]! + 24)).toBe(-1);
  });

  test("refuses an address below a slab, and one behind it", () => {
    const { extents, slabs, get } = make();
    const slab = extents.directory.find(get(64) / GRANULE);
    const start = extents.address(slab) * GRANULE;
    expect([start - 64, start + 512].map((ptr) => slabs.locate(slab, ptr))).toEqual([-1, -1]);
  });
});

test("by a list of live blocks, all are disjoint and aligned to what divides their size", () => {
  const step = fc.oneof(
    fc.record({ get: fc.integer({ min: 1, max: CLASSES - 1 }).map(classSize), times: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ put: fc.nat(), times: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ spares: fc.constant(true) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { slabs, get, put, locate, check } = make(256 * KiB);
      const live: { ptr: number; size: number }[] = [];
      for (const step of steps) {
        if ("get" in step) {
          const blocks = times(step.times, () => get(step.get)).filter((ptr) => ptr !== 0);
          expect(blocks.filter((ptr) => ptr % (step.get & -step.get) !== 0)).toEqual([]);
          live.push(...blocks.map((ptr) => ({ ptr, size: step.get })));
        } else if ("put" in step) {
          const from = step.put % Math.max(live.length, 1);
          for (const { ptr } of live.splice(from, step.times)) put(ptr);
        } else slabs.releaseSpares();
        check();
        expect(overlaps(live.map(({ ptr, size }) => [ptr, ptr + size] as const))).toBe(0);
        expect(live.filter(({ ptr }) => locate(ptr) < 0)).toEqual([]);
      }
    }),
    RUNS,
  );
});
