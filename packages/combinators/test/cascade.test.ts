import { cascade, fallback, limit, nullAllocator } from "@alloc/combinators";
import {
  type Allocator,
  AllocError,
  Allocator as Base,
  type Can,
  can,
  Layout,
  Memory,
  NULL,
  orThrow,
  type Ptr,
  pages,
} from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 16 * 2 ** 20 });
const parent = pages(memory);
const layout = Layout.of(64);
const take = (allocator: Allocator, asked = layout) => orThrow(allocator.allocate(asked), asked);
const takeMany = (allocator: Allocator, count: number) => Array.from({ length: count }, () => take(allocator));

/** A cascade of lists of two blocks, with the numbers passed to its factory. */
function pools(blocks = 2) {
  const made: number[] = [];
  const pool = cascade((index) => {
    made.push(index);
    return freeList(64, { blocks, parent });
  });
  return { pool, made };
}

describe("members", () => {
  test("are created one after the other, each when none of the existing ones has room", () => {
    const { pool, made } = pools();
    takeMany(pool, 5);
    expect([made, pool.members.length]).toEqual([[0, 1, 2], 3]);
  });

  test("get their own blocks back, and are then asked first", () => {
    const { pool } = pools();
    const ptrs = takeMany(pool, 5);
    pool.deallocate(ptrs[1]!, layout);
    expect(take(pool)).toBe(ptrs[1]);
  });

  test("with room are found, whichever was asked last", () => {
    const { pool, made } = pools();
    const ptrs = takeMany(pool, 6);
    pool.deallocate(ptrs[0]!, layout);
    pool.deallocate(ptrs[2]!, layout);
    expect(new Set([take(pool), take(pool)])).toEqual(new Set([ptrs[0], ptrs[2]]));
    expect(made).toEqual([0, 1, 2]);
  });

  test("are disposed when another one is already empty, the younger of the two, and not before", () => {
    const { pool } = pools();
    const ptrs = takeMany(pool, 6);
    const [first, second, third] = pool.members;
    pool.deallocate(ptrs[4]!, layout);
    pool.deallocate(ptrs[5]!, layout);
    expect(pool.members).toEqual([first, second, third]);
    pool.deallocate(ptrs[0]!, layout);
    pool.deallocate(ptrs[1]!, layout);
    expect([pool.members.length, codeThrown(() => third!.allocate(layout))]).toEqual([2, "disposed"]);
    pool.deallocate(ptrs[2]!, layout);
    pool.deallocate(ptrs[3]!, layout);
    expect(pool.members).toEqual([first]);
  });

  test("are not created and disposed repeatedly by a program at the edge of one", () => {
    const { pool, made } = pools();
    takeMany(pool, 2);
    for (let round = 0; round < 10; round++) pool.deallocate(take(pool), layout);
    expect(made).toEqual([0, 1]);
  });

  test("that are empty are disposed by trim, except the first", () => {
    const { pool } = pools();
    const ptrs = takeMany(pool, 3);
    pool.deallocate(ptrs[2]!, layout);
    expect(pool.members.length).toBe(2);
    pool.trim();
    expect(pool.members.length).toBe(1);
    for (const ptr of ptrs.slice(0, 2)) pool.deallocate(ptr, layout);
    pool.trim();
    expect(pool.members.length).toBe(1);
  });

  test("are disposed by reset, except the first", () => {
    const { pool } = pools();
    takeMany(pool, 6);
    pool.reset();
    pool.check();
    expect([pool.members.length, new Set(takeMany(pool, 2)).size]).toEqual([1, 2]);
  });

  test("are not created for a layout that the first can never serve", () => {
    const { pool, made } = pools();
    takeMany(pool, 2);
    expect([pool.usableSize(Layout.of(65)), pool.allocate(Layout.of(65)), pool.allocate(Layout.of(8, 4096))]).toEqual([
      0,
      NULL,
      NULL,
    ]);
    expect(pool.grow(take(pool), layout, Layout.of(65))).toBe(NULL);
    expect(made).toEqual([0, 1]);
  });

  test("that are regions start over when all their blocks were released, in any order", () => {
    let made = 0;
    const arena = cascade(() => {
      made++;
      return scoped(128, { parent });
    });
    for (let round = 0; round < 10; round++) {
      for (const ptr of takeMany(arena, 4)) arena.deallocate(ptr, layout);
    }
    expect([made, arena.members.length, arena.allocate(Layout.of(128)) !== NULL]).toEqual([11, 1, true]);
  });

  test("that track their blocks are not reset when empty", () => {
    let resets = 0;
    const pool = cascade(() => {
      const list = freeList(64, { blocks: 2, parent });
      list.reset = () => {
        resets++;
      };
      return list;
    });
    pool.deallocate(take(pool), layout);
    expect(resets).toBe(0);
  });
});

test("in any program, each block is in one member and is counted there", () => {
  const step = fc.record({
    take: fc.boolean(),
    grow: fc.boolean(),
    block: fc.nat(),
    size: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const pool = cascade(() => fallback(freeList(64, { blocks: 2, parent }), freeList(256, { blocks: 1, parent })));
      const live: { ptr: Ptr; layout: Layout }[] = [];
      for (const { take, grow, block, size } of steps) {
        const asked = Layout.of(size);
        const old = live[block % Math.max(1, live.length)];
        if (take) {
          const ptr = pool.allocate(asked);
          if (ptr !== NULL) live.push({ ptr, layout: asked });
        } else if (old !== undefined && grow) {
          const ptr =
            size < old.layout.size ? pool.shrink(old.ptr, old.layout, asked) : pool.grow(old.ptr, old.layout, asked);
          if (ptr !== NULL) Object.assign(old, { ptr, layout: asked });
        } else if (old !== undefined) {
          live.splice(live.indexOf(old), 1);
          pool.deallocate(old.ptr, old.layout);
        }
        pool.check();
        const counts = pool.members.map((member) => live.filter(({ ptr }) => member.owns(ptr)).length);
        const { live: words } = pool.describeSelf().state;
        expect([...words!.slice(1, 1 + counts.length)]).toEqual(counts);
      }
      pool.dispose();
    }),
    { numRuns: 60 },
  );
});

describe("resizing", () => {
  test("moves a block with its bytes to another member if its own has no room", () => {
    const pool = cascade(() => scoped(200, { parent }));
    const ptr = take(pool);
    take(pool);
    memory.fill(ptr, 64, 0x5a);
    const next = orThrow(pool.grow(ptr, layout, Layout.of(150)), Layout.of(150));
    expect(pool.members.map((member) => member.owns(next))).toEqual([false, true]);
    expect([...memory.view(Uint8Array, next, 64)]).toEqual(Array(64).fill(0x5a));
    pool.check();
  });

  test("disposes a member whose last block moved away or shrank to size 0", () => {
    const { pool } = pools();
    const ptrs = takeMany(pool, 3);
    expect(pool.shrink(ptrs[2]!, layout, Layout.of(0))).toBe(Layout.of(0).dangling);
    pool.deallocate(ptrs[0]!, layout);
    expect(pool.shrink(ptrs[1]!, layout, Layout.of(0))).toBe(Layout.of(0).dangling);
    expect(pool.members.length).toBe(1);
  });
});

describe("a factory", () => {
  const full = (end: () => undefined) => {
    const pool = cascade((index) => (index < 2 ? freeList(64, { blocks: 1, parent }) : end()));
    takeMany(pool, 2);
    return pool;
  };

  test("that returns undefined or throws an AllocError has no room for another member", () => {
    const error = () => {
      throw new AllocError(layout);
    };
    for (const end of [() => undefined, error]) {
      const pool = full(end);
      expect([pool.allocate(layout), pool.members.length]).toEqual([NULL, 2]);
    }
  });

  test("that throws another error has it passed on", () => {
    const pool = full(() => {
      throw new RangeError("not this");
    });
    expect(() => pool.allocate(layout)).toThrow(new RangeError("not this"));
  });

  test("whose new member has no room either leaks nothing", () => {
    const made: Allocator[] = [];
    const pool = cascade(() => {
      const tight = system({ parent: made.length === 0 ? parent : limitedTo(4096) });
      made.push(tight);
      return tight;
    });
    const large = Layout.of(200_000);
    while (pool.allocate(large) !== NULL);
    expect([pool.members.length, codeThrown(() => made.at(-1)!.allocate(layout))]).toEqual([1, "disposed"]);
    pool.dispose();
  });

  const limitedTo = (bytes: number) =>
    Base.from({
      memory,
      allocate: (it) => (it.size > bytes ? NULL : parent.allocate(it)),
      deallocate: (ptr, it) => parent.deallocate(ptr, it),
      usableSize: (it) => parent.usableSize(it),
    });

  test("that has no room for the first member says so", () => {
    const none = nullAllocator(memory);
    expect(codeThrown(() => cascade(() => freeList(64, { parent: none })))).toBe("no-room");
    expect(() => cascade(() => undefined)).toThrow(TypeError);
  });
});

describe("invalid members are refused", () => {
  test("members that are one heap, lent again and again", () => {
    const heap = system({ parent: pages(Memory.linear({ maximum: 65536 * 4 })) });
    const pool = cascade(() => heap.byRef());
    expect(
      codeThrown(() => {
        while (pool.allocate(Layout.of(1000)) !== NULL);
      }),
    ).toBe("misroute");
  });

  test("a member that takes its chunks from another one, either way", () => {
    const heap = () => limit(system({ parent }), 64);
    const list = (of: Allocator) => freeList(64, { blocks: 1, parent: of });
    for (const isHeapFirst of [true, false]) {
      const below = heap();
      const pool = cascade<Can<"owns">>((index) => ((index === 0) === isHeapFirst ? below : list(below.inner)));
      take(pool);
      expect(codeThrown(() => pool.allocate(layout))).toBe("misroute");
      expect(below.footprint().held).toBeGreaterThan(0);
    }
  });

  test("a member that already exists", () => {
    const list = freeList(64, { blocks: 1, parent });
    const pool = cascade(() => list);
    const ptr = take(pool);
    expect(() => pool.allocate(layout)).toThrow("expects a new allocator of each call of make");
    pool.deallocate(ptr, layout);
  });

  test("a member of another memory", () => {
    const pool = cascade((index) => freeList(64, { blocks: 1, parent: index === 0 ? parent : pages(Memory.linear()) }));
    take(pool);
    expect(codeThrown(() => pool.allocate(layout))).toBe("other-memory");
  });

  test("a member that lacks a capability of the first", () => {
    const member = Base.from({ memory, allocate: () => NULL, deallocate: () => {}, owns: () => false });
    const pool = cascade<Can<"owns">>((index) => (index === 0 ? freeList(64, { blocks: 1, parent }) : member));
    take(pool);
    expect(() => pool.allocate(Layout.of(40))).toThrow(
      /^cascade\(make\) expects members with the capabilities of the first/,
    );
    expect([pool.members.length, codeThrown(() => member.allocate(layout))]).toEqual([1, "disposed"]);
  });

  test("a member without owns, for JavaScript callers", () => {
    const plain = { ...system({ parent }).byRef(), owns: undefined } as unknown as Can<"owns">;
    expect(() => cascade(() => plain)).toThrow(TypeError);
  });
});

describe("misuse", () => {
  test("of a block whose member was disposed is a foreign pointer", () => {
    const { pool } = pools();
    const ptrs = takeMany(pool, 3);
    for (const ptr of ptrs.slice(0, 2)) pool.deallocate(ptr, layout);
    pool.deallocate(ptrs[2]!, layout);
    const calls = [
      () => pool.deallocate(ptrs[2]!, layout),
      () => pool.grow(ptrs[2]!, layout, layout),
      () => pool.sizeAt(ptrs[2]!),
      () => pool.resizeInPlace(ptrs[2]!, layout, layout),
    ];
    for (const call of calls) expect(codeThrown(call)).toBe("foreign-pointer");
  });

  test("detected by a member is not counted", () => {
    const { pool } = pools();
    const ptrs = takeMany(pool, 2);
    pool.deallocate(ptrs[0]!, layout);
    expect(codeThrown(() => pool.deallocate(ptrs[0]!, layout))).toBe("double-free");
    expect([...pool.describeSelf().state.live!]).toEqual([1, 1]);
  });
});

test("the peak is that of the most members at once, also after they were disposed, and in any chain", () => {
  const { pool } = pools(64);
  const chain = fallback(pool, nullAllocator(memory));
  const ptrs = takeMany(pool, 64 * 5);
  const [{ held, bookkeeping }, { peak }] = [pool.footprint(), chain.footprint()];
  for (const ptr of ptrs) pool.deallocate(ptr, layout);
  expect(pool.footprint().held).toBe(held / 5);
  expect([peak, pool.footprint().peak, chain.footprint().peak]).toEqual(Array(3).fill(held + bookkeeping));
});

test("the peak is the highest sum of what members and words had so far, at every step", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (steps) => {
      const { pool } = pools(2);
      const ptrs: Ptr[] = [];
      let highest = 0;
      for (const isRequest of steps) {
        if (isRequest) ptrs.push(take(pool));
        else if (ptrs.length > 0) pool.deallocate(ptrs.pop()!, layout);
        const { held, bookkeeping, peak } = pool.footprint();
        highest = Math.max(highest, held + bookkeeping);
        expect(peak).toBe(highest);
      }
      pool.dispose();
    }),
  );
});

test("only members are children, also while they come and go", () => {
  const { pool } = pools();
  const ptrs = takeMany(pool, 5);
  expect([pool.children, pool.members.length]).toEqual([pool.members, 3]);
  for (const ptr of ptrs) pool.deallocate(ptr, layout);
  expect([pool.children, pool.members.length]).toEqual([pool.members, 1]);
});

test("it supports owns, check and trim, and the other capabilities of its members", () => {
  const capabilities = ["owns", "reset", "sizeAt", "resizeInPlace", "check", "trim", "defer"] as const;
  const of = (allocator: Allocator) =>
    capabilities.filter((capability) => can<Allocator, typeof capability>(allocator, capability));
  const bare = Base.from({ memory, allocate: () => NULL, deallocate: () => {}, owns: () => false });
  expect(of(pools().pool)).toEqual(capabilities.slice(0, -1));
  expect(of(cascade(() => scoped(64, { parent })))).toEqual(["owns", "reset", "resizeInPlace", "check", "trim"]);
  expect(of(cascade(() => bare))).toEqual(["owns", "check", "trim"]);
});
