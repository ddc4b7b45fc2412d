import { Layout, NULL, type Ptr } from "@alloc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bump } from "./support/bump.ts";

test("no two live blocks overlap in any program, even if addresses are as low as the numbers of records", () => {
  const step = fc.record({
    what: fc.constantFrom("take", "take", "give", "resize", "trim"),
    length: fc.integer({ min: 1, max: 5 }),
    power: fc.integer({ min: 3, max: 6 }),
    block: fc.nat(),
  });
  const options = fc.record({
    resizes: fc.boolean(),
    step: fc.constantFrom(8, 32),
    base: fc.constantFrom(8, 24, 65536),
  });
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 60 }), (options, steps) => {
      const { heap } = bump({ ...options, most: 1024 });
      const live: { ptr: Ptr; layout: Layout }[] = [];
      for (const { what, length, power, block } of steps) {
        const old = live[block % Math.max(1, live.length)];
        const layout = Layout.of(8 * length, what === "take" ? 2 ** power : old?.layout.align);
        if (what === "trim") heap.trim();
        else if (what === "take") {
          const ptr = heap.allocate(layout);
          if (ptr !== NULL) live.push({ ptr, layout });
        } else if (old !== undefined && what === "give") {
          live.splice(live.indexOf(old), 1);
          heap.deallocate(old.ptr, old.layout);
        } else if (old !== undefined && heap.resizeInPlace(old.ptr, old.layout, layout)) old.layout = layout;
        heap.check();
        const byAddress = [...live].sort((one, other) => one.ptr - other.ptr);
        expect(
          byAddress.every(({ ptr, layout }, at) => ptr + layout.size <= (byAddress[at + 1]?.ptr ?? Infinity)),
        ).toBe(true);
        const { ranges } = heap.tip;
        for (const { ptr, layout } of live) expect(ranges.overlaps(ptr / 8, layout.size / 8)).toBe(false);
      }
    }),
    { numRuns: 200 },
  );
});
