/** A block of a region is released once: a second release throws until the tip has passed the block again. */
import { Layout, NULL, type Ptr } from "@alloc/core";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { root, take } from "./support.ts";

interface Block {
  readonly ptr: Ptr;
  readonly layout: Layout;
}

const step = fc.record({
  call: fc.constantFrom("allocate", "allocate", "release", "release", "again", "resize", "scope", "reset"),
  which: fc.nat(),
  size: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 700 })),
  power: fc.nat(6),
});

test.each([false, true])("random programs: first releases are taken, second ones are not (grow: %s)", (grow) => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 200 }), (program) => {
      const region = scoped(3000, { parent: root(2 ** 20), grow });
      let live: Block[] = [];
      let dead: Block[] = [];
      const tipOf = () => region.describeSelf().state.words![1]!;
      let tip = tipOf();
      for (const { call, which, size, power } of program) {
        const layout = Layout.of(size, 2 ** power);
        const at = which % Math.max(live.length, 1);
        const block = live[at];
        if (call === "allocate") {
          const ptr = region.allocate(layout);
          if (ptr !== NULL) live.push({ ptr, layout });
        } else if (call === "release" && block !== undefined) {
          region.deallocate(block.ptr, block.layout);
          live.splice(at, 1);
          dead.push(block);
        } else if (call === "again") {
          const gone = dead[which % Math.max(dead.length, 1)];
          if (gone === undefined) continue;
          expect(codeThrown(() => region.deallocate(gone.ptr, gone.layout))).toBe("double-free");
          expect(codeThrown(() => region.grow(gone.ptr, gone.layout, Layout.of(4000)))).toBe("double-free");
        } else if (call === "resize" && block !== undefined) {
          const to = Layout.of(size, block.layout.align);
          const next =
            size < block.layout.size
              ? region.shrink(block.ptr, block.layout, to)
              : region.grow(block.ptr, block.layout, to);
          if (next === NULL) continue;
          live.splice(at, 1);
          if (next !== block.ptr) dead.push(block);
          live.push({ ptr: next, layout: to });
        } else if (call === "scope") {
          region.scope((inner) => {
            const ptrs = [1, 2, 3].map(() => inner.allocate(layout)).filter((ptr) => ptr !== NULL);
            for (const ptr of ptrs.slice(0, 2)) inner.deallocate(ptr as Ptr, layout);
          });
        } else if (call === "reset" && which % 8 === 0) {
          region.reset();
          [live, dead] = [[], []];
        }
        region.check();
        // Addresses above the tip are known to be dead until it passes them.
        if (tipOf() < tip) dead = [];
        tip = tipOf();
      }
      region.dispose();
    }),
    { numRuns: 300 },
  );
});

describe("the record of releases", () => {
  test("is a bit for each byte below the last block released out of order, and empty if all are released in order", () => {
    const region = scoped(4096, { parent: root() });
    const bare = region.footprint().bookkeeping;
    const ptrs = Array.from({ length: 8 }, () => take(region, 256));
    for (const ptr of ptrs.slice(4).reverse()) region.deallocate(ptr, Layout.of(256));
    expect(region.footprint().bookkeeping).toBe(bare);
    region.deallocate(ptrs[2]!, Layout.of(256));
    const { bookkeeping, peak } = region.footprint();
    expect(bookkeeping).toBe(bare + 4 * Math.ceil(513 / 32));
    expect(peak).toBe(4096 + bookkeeping);
    region.reset();
    expect(region.footprint()).toEqual({ held: 4096, bookkeeping: bare, peak });
  });

  test("is cleared when the place is handed out again", () => {
    const region = scoped(4096, { parent: root() });
    const [first, second] = [take(region, 64), take(region, 64)];
    region.deallocate(first!, Layout.of(64));
    region.deallocate(second!, Layout.of(64));
    region.reset();
    expect(take(region, 64)).toBe(first);
    region.deallocate(first!, Layout.of(64));
    expect(codeThrown(() => region.deallocate(first!, Layout.of(64)))).toBe("double-free");
  });
});
