/** One heap seen twice: two members that hand out blocks of one leaf are refused, however they wrap it. */
import {
  affix,
  aligned,
  bucketize,
  cascade,
  fallback,
  freeTree,
  limit,
  nullAllocator,
  quantize,
  segregate,
} from "@alloc/combinators";
import { Allocator, type Can, fromMalloc, Layout, Memory, pages } from "@alloc/core";
import { fromFiveFunctions, toFiveFunctions } from "@alloc/core/compat";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { proxy, stats } from "@alloc/proxy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 2 ** 24 });
const parent = pages(memory);
type Owner = Can<"owns">;
const list = (of: Allocator = parent) => freeList(1024, { blocks: 4, parent: of });

/** Wrappers of a view of a heap. */
const WRAPS: readonly ((inner: Owner) => Allocator)[] = [
  (inner) => limit(inner, 2 ** 20),
  (inner) => quantize(inner, 48),
  (inner) => aligned(inner, 64),
  (inner) => affix(inner, { prefix: Layout.of(8) }),
  (inner) => freeTree(inner),
  (inner) => stats(inner),
  (inner) => proxy(inner, {}),
  (inner) => Allocator.from(inner),
  (inner) => inner.byRef(),
  (inner) => fallback(inner, list()),
  (inner) => fallback(list(), inner),
  (inner) => segregate([64, list()], inner) as Allocator,
  (inner) => cascade((index) => (index === 0 ? inner : undefined)),
];

/** Ways to lend a heap: as itself, or as an adapter that names it. */
const VIEWS: readonly ((heap: Owner) => Owner)[] = [
  (heap) => heap.byRef() as Owner,
  (heap) =>
    Allocator.from({
      memory,
      parent: heap,
      allocate: (layout) => heap.allocate(layout),
      deallocate: (ptr, layout) => heap.deallocate(ptr, layout),
      owns: (ptr: Parameters<Owner["owns"]>[0]) => heap.owns(ptr),
    }),
];

/** The combinators of two. */
const PAIRS: Readonly<Record<string, (one: Owner, other: Owner) => Allocator>> = {
  fallback: (one, other) => fallback(one, other),
  segregate: (one, other) => segregate([100, one], other),
  bucketize: (one, other) => bucketize((size) => (size === 16 ? one : other), { from: 16, to: 32, step: 16 }),
  cascade: (one, other) => {
    const pool = cascade<Owner>((index) => [one, other][index]);
    // The second one is created when the first has no room.
    while (pool.allocate(Layout.of(1)) !== 0);
    return pool;
  },
};

const view = fc.tuple(fc.constantFrom(...VIEWS), fc.array(fc.constantFrom(...WRAPS), { maxLength: 3 }));
const wrap = (heap: Owner, [see, wraps]: typeof view extends fc.Arbitrary<infer V> ? V : never) =>
  wraps.reduce((inner, next) => next(inner) as Owner, see(heap));

describe.each(Object.entries(PAIRS))("%s", (name, pair) => {
  test("refuses two views of one heap with misroute, and adopts neither", () => {
    fc.assert(
      fc.property(view, view, (first, second) => {
        const heap = list();
        const [one, other] = [wrap(heap, first), wrap(heap, second)];
        expect(codeThrown(() => pair(one, other))).toBe("misroute");
        // A refusal disposes allocators of factories, and a cascade has filled its first member.
        if (name !== "bucketize")
          expect(one.usableSize(Layout.of(8)) + other.usableSize(Layout.of(8))).toBeGreaterThan(0);
        if (name !== "cascade") expect(heap.allocate(Layout.of(64))).not.toBe(0);
        heap.dispose();
      }),
      { numRuns: 60 },
    );
  });
});

test("views of two heaps are combined, and so is a list of a lent heap with the heap itself", () => {
  fc.assert(
    fc.property(view, view, fc.constantFrom("fallback", "segregate", "bucketize"), (first, second, name) => {
      const [heap, other] = [list(), list()];
      expect(codeThrown(() => PAIRS[name]!(wrap(heap, first), wrap(other, second)))).toBe("nothing was thrown");
    }),
    { numRuns: 40 },
  );
  const heap = tinyHeap({ parent });
  expect(codeThrown(() => fallback(list(heap), heap.byRef()))).toBe("nothing was thrown");
});

test("an allocator that never hands out a block may be in both", () => {
  const none = nullAllocator(memory).byRef();
  expect(codeThrown(() => segregate([64, fallback(list(), none)], fallback(list(), none)))).toBe("nothing was thrown");
});

test("a malloc that names its heap counts as that heap", () => {
  const heap = list();
  const malloc = fromMalloc({
    memory,
    parent: heap,
    malloc: (size) => heap.allocate(Layout.of(size, 8)),
    free: (ptr) => heap.deallocate(ptr as Parameters<typeof heap.deallocate>[0], Layout.of(1, 8)),
  });
  expect(codeThrown(() => segregate([64, malloc], limit(heap.byRef(), 100)))).toBe("misroute");
});

test("five functions that name their heap count as that heap", () => {
  const heap = list();
  const five = fromFiveFunctions(memory, { ...toFiveFunctions(heap), parent: heap });
  expect(codeThrown(() => segregate([64, five], limit(heap.byRef(), 100)))).toBe("misroute");
});

test("each of many members over one parent is visited once", () => {
  let below: Allocator = parent;
  for (let depth = 0; depth < 30; depth++) {
    below = fallback(freeList(64, { blocks: 4, parent: below }), tinyHeap({ parent: below }));
  }
  expect(below.footprint().held).toBeGreaterThanOrEqual(0);
});

describe("a member that a cascade makes later", () => {
  /** A cascade whose second member is the given allocator. */
  const late = (member: Owner) => cascade<Owner>((index) => [list().byRef() as Owner, member][index]);
  const UPPERS: Readonly<Record<string, (pool: Owner, sibling: Owner) => Allocator>> = {
    "fallback, first": (pool, sibling) => fallback(pool, sibling),
    "fallback, second": (pool, sibling) => fallback(sibling, pool),
    "fallback, wrapped and lent": (pool, sibling) => fallback(limit(pool.byRef() as Owner, 2 ** 20), stats(sibling)),
    segregate: (pool, sibling) => segregate([100, pool], sibling),
    bucketize: (pool, sibling) => bucketize((size) => (size === 16 ? pool : sibling), { from: 16, to: 32, step: 16 }),
  };

  test.each(Object.entries(UPPERS))(
    "is refused over the heap of its sibling in a %s, and nothing changes",
    (_, pair) => {
      const heap = tinyHeap({ parent });
      const pool = late(limit(heap.byRef(), 2 ** 20));
      const upper = pair(pool, limit(heap.byRef(), 2000));
      expect(upper.children.length).toBe(2);
      for (let block = 0; block < 4; block++) pool.allocate(Layout.of(1000));
      for (let again = 0; again < 2; again++) expect(codeThrown(() => pool.allocate(Layout.of(1000)))).toBe("misroute");
      expect(pool.members.length).toBe(1);
      pool.check();
      expect(heap.allocate(Layout.of(8))).not.toBe(0);
    },
  );

  test("ends when it is refused, if it takes chunks from the sibling and has no live blocks", () => {
    const heap = tinyHeap({ parent });
    const made: Allocator[] = [];
    const pool = cascade((index) => {
      const of = list(index === 0 ? parent : heap);
      made.push(of);
      return of;
    });
    fallback(heap.byRef() as Owner, pool.byRef() as Owner);
    for (let block = 0; block < 4; block++) pool.allocate(Layout.of(1000));
    expect(codeThrown(() => pool.allocate(Layout.of(1000)))).toBe("misroute");
    expect(codeThrown(() => made[1]!.allocate(Layout.of(8)))).toBe("disposed");
  });
});
