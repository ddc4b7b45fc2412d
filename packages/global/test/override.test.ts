// @module-tag alone
import { Layout, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { Global, overrideGlobalAllocator, System, system } from "@alloc/global";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { errorOf, targetOf, test } from "./realm.ts";
import { bytes, RUNS, take } from "./support.ts";

const layout = Layout.of(24);
const heap = () => system({ parent: bytes() });
/** The numbers of the heaps that own a block of Global. */
const ownersOf = (ptr: Ptr, heaps: readonly ReturnType<typeof heap>[]) =>
  [...heaps.keys()].filter((number) => heaps[number]!.memory === Global.memory && heaps[number]!.owns(ptr));

describe("an override", () => {
  test("serves Global and the functions until its end, and then the previous allocator does", ({ copy }) => {
    const [before, during] = [copy.system({ parent: bytes() }), copy.system({ parent: bytes() })];
    copy.setGlobalAllocator(before);
    {
      using _ = copy.overrideGlobalAllocator(during);
      expect(targetOf(copy, { before, during })).toBe("during");
      copy.dealloc(copy.alloc(layout) as never, layout);
    }
    expect(targetOf(copy, { before, during })).toBe("before");
    expect([before, during].map((heap) => heap.footprint().held > 0)).toEqual([false, true]);
  });

  test("ends with its block, also by a throw", () => {
    const one = heap();
    expect(() => {
      using _ = overrideGlobalAllocator(one);
      throw new Error("on purpose");
    }).toThrow("on purpose");
    expect(ownersOf(take(Global, layout), [one])).toEqual([]);
  });

  test("may have the shape of Rust's functions", () => {
    const list = freeList(64, { blocks: 1, parent: bytes() });
    using _ = overrideGlobalAllocator({
      memory: list.memory,
      alloc: (layout) => list.allocate(layout),
      dealloc: (ptr, layout) => list.deallocate(ptr, layout),
    });
    expect(list.owns(take(Global, layout))).toBe(true);
  });

  test("is allowed after a use and after a registration, and neither counts as one", ({ copy }) => {
    const [first, second] = [copy.system({ parent: bytes() }), copy.system({ parent: bytes() })];
    {
      using _ = copy.overrideGlobalAllocator(first);
      take(copy.Global, layout);
      copy.alloc(layout);
    }
    copy.setGlobalAllocator(second);
    using _ = copy.overrideGlobalAllocator(first);
    expect(first.owns(take(copy.Global, layout))).toBe(true);
  });

  test("takes precedence over a registration made while it lasts", ({ copy }) => {
    const [override, registered] = [copy.system({ parent: bytes() }), copy.system({ parent: bytes() })];
    const end = copy.overrideGlobalAllocator(override);
    copy.setGlobalAllocator(registered);
    expect(targetOf(copy, { override, registered })).toBe("override");
    end[Symbol.dispose]();
    expect(targetOf(copy, { override, registered })).toBe("registered");
  });

  test("does not undo the use of the default", ({ copy }) => {
    take(copy.Global, layout);
    using _ = copy.overrideGlobalAllocator(copy.system({ parent: bytes() }));
    expect(errorOf(() => copy.setGlobalAllocator(copy.system())).code).toBe("already-used");
  });

  test("ends by dispose too, for programs without using", ({ copy }) => {
    const one = copy.system({ parent: bytes() });
    const end = copy.overrideGlobalAllocator(one);
    expect(targetOf(copy, { one })).toBe("one");
    end.dispose();
    expect(targetOf(copy, { one })).not.toBe("one");
  });

  test("does not dispose its allocator", () => {
    const one = heap();
    overrideGlobalAllocator(one)[Symbol.dispose]();
    expect(one.owns(take(one, layout))).toBe(true);
  });
});

test("the newest override that has not ended is in force, whatever the order of starts and ends", () => {
  const heaps = [heap(), heap(), heap()];
  const step = fc.record({ begin: fc.boolean(), which: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const begun: { end: Disposable; number: number; ended: boolean }[] = [];
      try {
        for (const { begin, which } of steps) {
          const number = which % heaps.length;
          if (begin) begun.push({ end: overrideGlobalAllocator(heaps[number]!), number, ended: false });
          else if (begun.length > 0) {
            const override = begun[which % begun.length]!;
            override.end[Symbol.dispose]();
            override.ended = true;
          }
          const newest = begun.findLast(({ ended }) => !ended);
          const ptr = take(Global, layout);
          expect(ownersOf(ptr, heaps)).toEqual(newest === undefined ? [] : [newest.number]);
          Global.deallocate(ptr, layout);
        }
      } finally {
        for (const { end } of begun) end[Symbol.dispose]();
      }
      expect(targetOf({ Global }, { System })).toBe("System");
    }),
    RUNS,
  );
});
