/**
 * Objects with the fields of a layout and other numbers, in plain JavaScript: a call refuses them, returns NULL, or serves them as if they
 * were rounded. Nothing that an allocator hands out or counts is a fraction, NaN or a text afterwards.
 *
 * @module
 */
import { type Allocator, type Capabilities, Layout, type Ptr } from "@alloc/std";
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../../../checks/support/runs.ts";
import { MAKERS } from "./kinds.ts";

const ODD = ["", "x", NaN, null, true, [], 0.5, 1e-9, -0.5, -8, 2 ** 32, 2 ** 32 + 40, 2 ** 53, Infinity, -Infinity];
const sizes = fc.constantFrom<unknown>(...ODD, 0, 8, 40, "40", [40], 10.5, 40.5, 5000.5);
const aligns = fc.constantFrom<unknown>(...ODD, 1, 8, "8", [8], 3, 12, 8.5);
const layouts = fc.record(
  { size: sizes, align: aligns },
  { noNullPrototype: true },
) as fc.Arbitrary<unknown> as fc.Arbitrary<Layout>;

const layout = Layout.of(40);
type Subject = Allocator & Partial<Capabilities>;
const CALLS: Record<string, (it: Subject, ptr: Ptr, wrong: Layout) => unknown> = {
  allocate: (it, _, wrong) => it.allocate(wrong),
  allocateZeroed: (it, _, wrong) => it.allocateZeroed(wrong),
  usableSize: (it, _, wrong) => it.usableSize(wrong),
  deallocate: (it, ptr, wrong) => it.deallocate(ptr, wrong),
  "grow from": (it, ptr, wrong) => it.grow(ptr, wrong, layout),
  "grow to": (it, ptr, wrong) => it.grow(ptr, layout, wrong),
  "growZeroed to": (it, ptr, wrong) => it.growZeroed(ptr, layout, wrong),
  "shrink from": (it, ptr, wrong) => it.shrink(ptr, wrong, layout),
  "shrink to": (it, ptr, wrong) => it.shrink(ptr, layout, wrong),
  "resizeInPlace from": (it, ptr, wrong) => it.resizeInPlace?.(ptr, wrong, layout) ?? false,
  "resizeInPlace to": (it, ptr, wrong) => it.resizeInPlace?.(ptr, layout, wrong) ?? false,
};

/** Returns every number that an allocator tells of itself. NaN stands for an unknown footprint. */
function accounts(it: Subject): number[] {
  const { counters, bytesLive, numLive } = it as { counters?: object; bytesLive?: number; numLive?: number };
  const { held, bookkeeping, peak } = it.footprint();
  const footprint = [held, bookkeeping, peak].filter((bytes) => !Number.isNaN(bytes));
  const counts = Object.values(counters ?? {}).filter((count) => typeof count !== "object");
  return [...footprint, ...counts, bytesLive ?? 0, numLive ?? 0];
}

// Global stays as other tests left it.
const { Global: _, ...OWN } = MAKERS;

test.each(Object.entries(OWN))("%s: no address and no account is a fraction after a layout that is none", (_, make) => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(CALLS)), layouts, (call, wrong) => {
      // The numbers of a layout that does not fit: a wrong release, which an unchecked heap misses.
      fc.pre(!isLayout(wrong) || !/from|deallocate/.test(call));
      const it = make() as Subject;
      const ptr = it.allocate(layout);
      const block = (ptr === 0 ? 64 : ptr) as Ptr;
      let result: unknown;
      try {
        result = CALLS[call]!(it, block, wrong);
      } catch (error) {
        const { name, message } = error as Error;
        expect(`${name}: ${message}`).toMatch(/^(TypeError: \w+ expects a Layout|LayoutError: |MisuseError: )/);
        result = false;
      }
      if (call === "deallocate") expect([undefined, false]).toContain(result);
      else if (typeof result !== "boolean") expect(result).toSatisfy(isCount);
      expect(accounts(it)).toSatisfy((all: number[]) => all.every(isCount));
      // An unchecked heap misses a release with a layout that does not fit, which breaks its counts.
      if (call !== "deallocate") it.check?.();
      const next = it.allocate(layout);
      expect(next).toSatisfy((address: number) => isCount(address) && address % 8 === 0);
      if (it.memory.hasBytes && next !== 0 && call === "allocate")
        expect(Math.abs(next - ptr)).toBeGreaterThanOrEqual(40);
      it.dispose();
    }),
    { numRuns: runs(200) },
  );
});

function isLayout({ size, align }: Layout): boolean {
  return isCount(size) && size < 2 ** 32 && (align === 1 || align === 8);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
