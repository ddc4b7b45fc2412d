// @module-tag alone
import { inspect } from "node:util";
import { fallback } from "@alloc/combinators";
import { can, Layout, occupancy, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { Global, overrideGlobalAllocator, type SystemHeap, system } from "@alloc/global";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recorded } from "./realm.ts";
import { addresses, bytes, misuseOf, RUNS, take } from "./support.ts";

const layout = Layout.of(24);
let heap: SystemHeap;
let end: Disposable;

beforeEach(() => {
  heap = system({ parent: bytes() });
  end = overrideGlobalAllocator(heap);
});
afterEach(() => {
  end[Symbol.dispose]();
  heap.dispose();
});

/** The part of a resize that reaches the allocator behind Global. */
function forwardedOf(call: "grow" | "growZeroed" | "shrink", ptr: Ptr, from: Layout, to: Layout): unknown[][] {
  if (from.size !== 0 && to.size !== 0) return [[call, ptr, from, to]];
  if (from.size !== 0) return [["deallocate", ptr, from]];
  if (to.size !== 0) return [[call === "growZeroed" ? "allocateZeroed" : "allocate", to]];
  return [];
}

describe("an array of Global", () => {
  test("goes back to the allocator that was registered when it was made", () => {
    const array = Global.array(Float32Array, 100);
    using other = system({ parent: bytes() });
    using _ = overrideGlobalAllocator(other);
    expect(heap.owns(array.ptr)).toBe(true);
    array.dispose();
    expect(occupancy(heap).live).toBe(0);
  });
});

describe("Global", () => {
  const steps = fc.array(
    fc.record({
      call: fc.constantFrom("allocate", "allocateZeroed", "grow", "growZeroed", "shrink", "deallocate", "usableSize"),
      which: fc.nat(50),
      size: fc.oneof(fc.constant(0), fc.nat(3000)),
      align: fc.constantFrom(1, 8, 64),
    } as const),
    { maxLength: 40 },
  );

  test("forwards every call and result unchanged, except calls of size 0, which it handles as a heap does", () => {
    fc.assert(
      fc.property(steps, (program) => {
        using alone = system({ parent: bytes() });
        using behind = system({ parent: bytes() });
        const { allocator, calls } = recorded(behind);
        using _ = overrideGlobalAllocator(allocator);
        const live: { ptr: Ptr; from: Layout }[] = [];
        for (const { call, which, size, align } of program) {
          let to = Layout.of(size, align);
          calls.length = 0;
          if (call === "usableSize") {
            expect(Global.usableSize(to)).toBe(alone.usableSize(to));
            expect(calls).toEqual(size === 0 ? [] : [[call, to]]);
          } else if (call === "allocate" || call === "allocateZeroed") {
            const ptr = Global[call](to) as Ptr;
            expect(ptr).toBe(alone[call](to));
            expect(calls).toEqual(size === 0 ? [] : [[call, to]]);
            live.push({ ptr, from: to });
          } else if (live.length > 0) {
            const { ptr, from } = live.splice(which % live.length, 1)[0]!;
            if (call === "deallocate") {
              Global.deallocate(ptr, from);
              alone.deallocate(ptr, from);
              expect(calls).toEqual(from.size === 0 ? [] : [[call, ptr, from]]);
            } else {
              to = Layout.of(call === "shrink" ? Math.min(size, from.size) : Math.max(size, from.size), align);
              const next = Global[call](ptr, from, to) as Ptr;
              expect(next).toBe(alone[call](ptr, from, to));
              expect(calls).toEqual(forwardedOf(call, ptr, from, to));
              live.push({ ptr: next, from: to });
            }
          }
        }
      }),
      RUNS,
    );
  });

  test("returns NULL if the allocator behind it does", () => {
    const block = Layout.of(64);
    using list = freeList(64, { blocks: 1, parent: bytes() });
    using _ = overrideGlobalAllocator(list);
    const ptr = take(Global, block);
    expect([Global.allocate(block), Global.grow(ptr, block, Layout.of(65))]).toEqual([0, 0]);
  });

  test("detects the same misuse, and throws the same errors", () => {
    expect(Global.detects).toBe(heap.detects);
    expect(misuseOf(() => Global.deallocate(32768 as Ptr, Layout.of(5000))).code).toBe("foreign-pointer");
  });

  test("works in that allocator's memory, also in one without bytes", () => {
    using virtual = system({ parent: addresses() });
    using _ = overrideGlobalAllocator(virtual);
    expect(Global.memory === virtual.memory).toBe(true);
    expect(misuseOf(() => Global.allocateZeroed(layout)).code).toBe("no-bytes");
  });

  test("has that allocator's footprint", () => {
    take(Global, layout);
    expect(Global.footprint()).toEqual(heap.footprint());
    const own = { held: 3, bookkeeping: 2, peak: 5 };
    using _ = overrideGlobalAllocator(Object.assign(heap.byRef(), { footprint: () => own }));
    expect(Global.footprint()).toBe(own);
  });

  test("has no capabilities, whatever that allocator supports", () => {
    const capabilities = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim"] as const;
    expect(capabilities.filter((capability) => can(Global, capability))).toEqual([]);
  });

  test("works after dispose as before", () => {
    {
      using global = Global;
      global.dispose();
    }
    expect(heap.owns(take(Global, layout))).toBe(true);
  });

  test("lends itself: a copy of it is the same allocator", () => {
    const lent = Global.byRef();
    const ptr = take(lent, layout);
    lent.dispose();
    Global.deallocate(ptr, layout);
    expect(lent.byRef().memory === Global.memory).toBe(true);
  });

  test("prints as its name", () => {
    expect([inspect(Global), inspect({ in: Global })]).toEqual(["Global", "{ in: Global }"]);
  });

  test("its description has its name and the allocator behind it", () => {
    const { nodes, root } = structuredClone(Global.describe());
    expect([nodes[root]!.kind, nodes[nodes[root]!.children[0]!]!.kind]).toEqual(["Global", "system"]);
    end[Symbol.dispose]();
    const now = Global.describe().nodes;
    expect(now.map(({ kind }) => kind)).toEqual(["Global", "System", "system", "pages"]);
  });

  test("can be part of a chain, and outlives it", () => {
    const chain = fallback(freeList(5056, { blocks: 1, parent: Global }), Global);
    const layout = Layout.of(5000);
    const [first, second] = [take(chain, layout), take(chain, layout)];
    expect(heap.sizeAt(second)).toBe(5056);
    chain.deallocate(first, layout);
    chain.dispose();
    Global.deallocate(second, layout);
    expect(() => heap.sizeAt(second)).toThrow(/no block is live/);
  });
});
