/** A cascade at its edges: calls of its members, counts, and faults found by its check. */
import { cascade } from "@alloc/combinators";
import { Allocator, type Can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";

const memory = Memory.linear({ maximum: 16 * 2 ** 20 });
const parent = pages(memory);
const layout = Layout.of(64);
const take = (allocator: Allocator, asked = layout) => orThrow(allocator.allocate(asked), asked);
const takeMany = (allocator: Allocator, count: number) => Array.from({ length: count }, () => take(allocator));
const lists = (blocks = 2, from: Allocator = parent) => cascade(() => freeList(64, { blocks, parent: from }));
const wordsOf = (pool: Allocator) => pool.describeSelf().state.live as Int32Array;

/** A cascade of members with one block each at 65536, 131072, …, and a log of their calls. */
function noting(more: (index: number) => object = () => ({})) {
  const calls: string[] = [];
  const pool = cascade<Can<"owns" | "trim">>((index) => {
    const ptr = (65536 * (index + 1)) as Ptr;
    let isLive = false;
    const take = (call: string) => () => {
      calls.push(`${call} ${index}`);
      if (isLive) return NULL;
      isLive = true;
      return ptr;
    };
    return Allocator.from({
      memory,
      allocate: take("allocate"),
      allocateZeroed: take("allocateZeroed"),
      deallocate: () => {
        isLive = false;
      },
      usableSize: ({ size }) => (size <= 64 ? 64 : 0),
      owns: (asked: Ptr) => asked === ptr,
      trim: () => void calls.push(`trim ${index}`),
      ...more(index),
    });
  });
  return { pool, calls };
}

describe("a request", () => {
  test.each(["allocate", "allocateZeroed"] as const)("%s goes to each member once, and then to a new one", (name) => {
    const { pool, calls } = noting();
    const ptrs = [65536, 131072, 196608];
    expect(ptrs.map(() => pool[name](layout))).toEqual(ptrs);
    const asked = [0, 0, 1, 1, 0, 2].map((index) => `${name} ${index}`);
    expect(calls).toEqual(asked);
  });

  test.each(["allocate", "allocateZeroed"] as const)(
    "%s for a layout that no member can ever serve calls none",
    (name) => {
      const { pool, calls } = noting();
      expect([pool[name](Layout.of(65)), pool[name](Layout.of(0, 32))]).toEqual([NULL, Layout.of(0, 32).dangling]);
      expect(calls).toEqual([]);
    },
  );

  test("for zeroed bytes gets them, whichever member serves it", () => {
    const dirty = lists(1);
    for (const ptr of takeMany(dirty, 3)) memory.fill(ptr, 64, 0x5a);
    dirty.dispose();
    const pool = lists(1);
    for (let block = 0; block < 3; block++) {
      const ptr = orThrow(pool.allocateZeroed(layout), layout);
      expect([...memory.view(Uint8Array, ptr, 64)]).toEqual(Array(64).fill(0));
    }
    expect([...wordsOf(pool).slice(1, 4)]).toEqual([1, 1, 1]);
  });
});

describe("a resize", () => {
  test("to a layout that no member can ever serve returns NULL, even if bytes cannot be copied", () => {
    const pool = lists(2, pages(Memory.virtual(2 ** 24)));
    const ptr = take(pool);
    expect(pool.grow(ptr, layout, Layout.of(65))).toBe(NULL);
    expect(pool.shrink(ptr, layout, Layout.of(32, 4096))).toBe(NULL);
    expect(pool.resizeInPlace(ptr, layout, Layout.of(65))).toBe(false);
  });

  test("that shrinks a block in its member leaves it there", () => {
    const pool = lists(1);
    const ptr = take(pool);
    expect([pool.shrink(ptr, layout, Layout.of(8)), pool.members.length]).toEqual([ptr, 1]);
  });

  test("that shrinks a block to an align its member cannot serve moves it to another", () => {
    const pool = cascade(() => scoped(200, { parent }));
    const from = Layout.of(150);
    const ptr = take(pool, from);
    memory.fill(ptr, 150, 0x5a);
    const to = Layout.of(100, 16);
    const next = orThrow(pool.shrink(ptr, from, to), to);
    expect([...memory.view(Uint8Array, next, 100)]).toEqual(Array(100).fill(0x5a));
    pool.check();
  });

  test("in place accepts an existing block and a layout that a member can serve, if its own member supports it", () => {
    const can = (index: number) => (index === 0 ? { resizeInPlace: () => true } : {});
    const pool = noting(can).pool as Allocator as Can<"resizeInPlace">;
    const [first, second] = takeMany(pool, 2);
    expect([first!, second!].map((ptr) => pool.resizeInPlace(ptr, layout, Layout.of(8)))).toEqual([true, false]);
    expect(pool.resizeInPlace(8 as Ptr, Layout.of(0), layout)).toBe(false);
    expect(pool.resizeInPlace(first!, layout, Layout.of(65))).toBe(false);
  });
});

describe("an empty member", () => {
  test("that supports neither sizeAt nor reset is kept unchanged", () => {
    const { pool } = noting();
    const ptr = take(pool);
    pool.deallocate(ptr, layout);
    expect(take(pool)).toBe(ptr);
  });

  test("between others is dropped with its word by trim, and the counts of the others stay", () => {
    const pool = lists(1);
    const ptrs = takeMany(pool, 5);
    pool.deallocate(ptrs[2]!, layout);
    pool.trim();
    pool.check();
    expect([pool.members.length, ...wordsOf(pool).slice(1, 6)]).toEqual([4, 1, 1, 1, 1, 0]);
    for (const at of [4, 3, 1]) pool.deallocate(ptrs[at]!, layout);
    pool.trim();
    expect([pool.members.length, pool.owns(ptrs[0]!)]).toEqual([1, true]);
  });

  test("that is dropped leaves the hint at an existing member", () => {
    for (const hinted of [0, 1, 3]) {
      const pool = lists(2);
      const ptrs = takeMany(pool, 8);
      pool.deallocate(ptrs[4]!, layout);
      pool.deallocate(ptrs[5]!, layout);
      pool.deallocate(ptrs[2 * hinted]!, layout);
      pool.trim();
      pool.check();
      expect(take(pool)).toBe(ptrs[2 * hinted]);
    }
  });
});

test("a request that no member has room for looks at each member a bounded number of times", () => {
  const looksAt = (members: number) => {
    const pool = lists(1);
    takeMany(pool, members);
    let looks = 0;
    const counting: ProxyHandler<Allocator[]> = {
      get(slots, key) {
        if (/^\d+$/.test(String(key))) looks++;
        return Reflect.get(slots, key);
      },
    };
    const machine = pool as unknown as { slots: Allocator[] };
    machine.slots = new Proxy(machine.slots, counting);
    take(pool);
    return looks;
  };
  const [few, many] = [looksAt(50), looksAt(400)];
  expect(few).toBeGreaterThanOrEqual(50);
  expect(many).toBeLessThanOrEqual(8 * few);
});

test("trim goes to every member", () => {
  const { pool, calls } = noting();
  takeMany(pool, 2);
  calls.length = 0;
  pool.trim();
  expect(calls).toEqual(["trim 0", "trim 1"]);
});

test("a member without room for a layout's align is created and dropped, and leaves nothing", () => {
  let served = 256;
  const pool = cascade(() => {
    const size = served;
    served = 0;
    return Allocator.from({
      memory,
      allocate: () => NULL,
      deallocate: () => {},
      usableSize: () => size,
      owns: () => false,
    });
  });
  expect([pool.allocate(layout), pool.members.length]).toEqual([NULL, 1]);
});

test("in a shared memory there are words for as many members as fit into it, from the start", () => {
  const maximum = 16 * 65536;
  const pool = lists(64, pages(Memory.linear({ maximum, shared: true })));
  const words = wordsOf(pool);
  let blocks = 0;
  while (pool.allocate(layout) !== NULL) blocks++;
  expect(pool.members.length).toBe(blocks / 64);
  expect(blocks).toBeGreaterThan(0.8 * (maximum / 64));
  expect([wordsOf(pool), words.length]).toEqual([words, 2 + 4096]);
  pool.check();
});

test("each member counts as a word of the bookkeeping, in addition to the hint and three notes", () => {
  const { pool } = noting();
  const words = () => pool.ownFootprint().bookkeeping;
  const before = words();
  takeMany(pool, 3);
  expect([before, words()]).toEqual([4 * 2 + 24, 4 * 4 + 24]);
});

describe("check finds", () => {
  const damaged: [what: string, damage: (words: Int32Array) => void][] = [
    ["the hint is a member, got 0", (words) => words.fill(0, 0, 1)],
    ["the hint is a member, got 4", (words) => words.fill(4, 0, 1)],
    ["no member has fewer than 0 live blocks", (words) => words.fill(-1, 2, 3)],
    ["at most one member is empty", (words) => words.fill(0, 1, 3)],
  ];

  test.each(damaged)("%s", (what, damage) => {
    const pool = lists(1);
    takeMany(pool, 3);
    damage(wordsOf(pool));
    expect(() => pool.check()).toThrow(new Error(`broken invariant: cascade: ${what}`));
  });

  test("the faults found by a member's check", () => {
    const fault = new Error("this member");
    const check = () => {
      throw fault;
    };
    const { pool } = noting((index) => (index === 1 ? { check } : {}));
    take(pool);
    pool.check();
    take(pool);
    expect(() => pool.check()).toThrow(fault);
  });
});

test("it detects the misuse its members detect, but reports a second release as a foreign pointer", () => {
  expect(cascade(() => tinyHeap({ parent })).detects).toEqual(["foreign-pointer", "interior-pointer", "wrong-layout"]);
  expect(noting().pool.detects).toEqual(["foreign-pointer"]);
});

test("describe names it", () => {
  const pool = lists();
  const { nodes, root } = pool.describe();
  expect(nodes[root]).toMatchObject({ kind: "cascade", state: { live: wordsOf(pool) } });
});

test("making a member looks at as many allocators, however many there are", () => {
  let looks = 0;
  const parent = pages(Memory.virtual(2 ** 24));
  const pool = cascade(() => {
    const member = freeList(64, { blocks: 1, parent });
    const get = () => {
      looks++;
      return [];
    };
    return Object.defineProperty(member, "children", { get });
  });
  const perHundred = Array.from({ length: 4 }, () => {
    const before = looks;
    for (let count = 0; count < 100; count++) pool.allocate(Layout.of(64));
    return looks - before;
  });
  expect(pool.members.length).toBe(400);
  expect(perHundred.slice(1)).toEqual(perHundred.slice(0, -1).map(() => perHundred[1]));
});
