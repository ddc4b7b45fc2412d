/** Factories and rounding functions: user code that throws, returns odd values, ends its caller, or re-enters it. */
import { bucketize, cascade, chain, fallback, limit, quantize } from "@alloc/combinators";
import { type Allocator, AllocError, type Can, Layout, Memory, NULL, orThrow, type Pages, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const layout = Layout.of(64);
const root = () => pages(Memory.linear({ maximum: 2 ** 22 }));
const one = (parent: Allocator) => freeList(64, { blocks: 1, parent });
const take = (allocator: Allocator) => orThrow(allocator.allocate(layout), layout);

const ODD: [name: string, value: unknown][] = [
  ["null", null],
  ["a number", 42],
  ["a text", "x".repeat(1000)],
  ["a function", () => 1],
  ["a plain object", { allocate: () => 0 }],
  ["a promise", Promise.resolve()],
];

/** Creates a cascade of one block each whose second member is the result of `make`. */
function second(parent: Pages, make: (pool: () => Can<"owns">) => unknown) {
  const pool: Can<"owns" | "check" | "reset"> & { readonly members: readonly Allocator[] } = cascade((index) =>
    index === 0 ? one(parent) : (make(() => pool) as ReturnType<typeof one>),
  );
  const first = take(pool);
  return { pool, first };
}

/** Expects a cascade to work as before. */
function expectWhole({ pool, first }: ReturnType<typeof second>, parent: Pages): void {
  expect(pool.members.length).toBe(1);
  pool.check();
  pool.deallocate(first, layout);
  expect(pool.allocate(layout)).toBe(first);
  pool.dispose();
  expect(parent.footprint().held).toBe(0);
}

describe("make of a cascade", () => {
  test.each(ODD)("that returns %s gets a short error, and nothing changes", (_, value) => {
    const parent = root();
    const made = second(parent, () => value);
    const error = (() => {
      try {
        return made.pool.allocate(layout);
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message.length).toBeLessThan(200);
    expectWhole(made, parent);
  });

  test.each<[string, unknown]>([
    ["an error", new Error("make")],
    ["null", null],
    ["a text", "make"],
  ])("that throws %s has it passed on, and nothing changes", (_, error) => {
    const parent = root();
    const made = second(parent, () => {
      throw error;
    });
    let thrown: unknown = "nothing";
    try {
      made.pool.allocate(layout);
    } catch (it) {
      thrown = it;
    }
    expect(thrown).toBe(error);
    expectWhole(made, parent);
  });

  test("that throws AllocError has no room for another member", () => {
    const parent = root();
    const made = second(parent, () => {
      throw new AllocError(layout);
    });
    expect(made.pool.allocate(layout)).toBe(NULL);
    expectWhole(made, parent);
  });

  test.each<[string, (pool: Can<"owns">, parent: Pages) => unknown, string]>([
    ["the cascade itself", (pool) => pool, "misroute"],
    ["a wrapper of the cascade", (pool) => limit(pool.byRef(), 100), "misroute"],
    ["an allocator of another memory", () => one(root()), "other-memory"],
  ])("that returns %s is refused, and nothing changes", (_, make, code) => {
    const parent = root();
    const made = second(parent, (pool) => make(pool(), parent));
    for (let again = 0; again < 2; again++) expect(codeThrown(() => made.pool.allocate(layout))).toBe(code);
    expectWhole(made, parent);
  });

  test("that returns an allocator owned by another combinator is refused, and the allocator lives on", () => {
    const parent = root();
    const heap = tinyHeap({ parent });
    const owner = limit(heap, 1000);
    const made = second(parent, () => heap);
    expect(codeThrown(() => made.pool.allocate(layout))).toBe("owned");
    expect(owner.allocate(layout)).not.toBe(NULL);
    owner.dispose();
    expectWhole(made, parent);
  });

  test("that disposes the cascade ends it, with the new member", () => {
    const parent = root();
    const { pool } = second(parent, (it) => {
      it().dispose();
      return one(parent);
    });
    expect(codeThrown(() => pool.allocate(layout))).toBe("disposed");
    expect(parent.footprint().held).toBe(0);
  });

  test("that re-enters is served by the existing members, and no deeper", () => {
    const parent = root();
    const seen: unknown[] = [];
    let depth = 0;
    const { pool, first } = second(parent, (it) => {
      expect(++depth).toBe(1);
      seen.push(it().allocate(layout));
      it().deallocate(first, layout);
      seen.push(it().allocate(layout) === first);
      depth--;
      return one(parent);
    });
    const next = take(pool);
    expect(seen).toEqual([NULL, true]);
    expect(next).not.toBe(first);
    pool.check();
    for (const ptr of [first, next]) pool.deallocate(ptr, layout);
    pool.check();
    pool.dispose();
    expect(parent.footprint().held).toBe(0);
  });

  test("that resets the cascade is still served from it", () => {
    const parent = root();
    const { pool } = second(parent, (it) => {
      (it() as Can<"owns" | "reset">).reset();
      return one(parent);
    });
    const ptr = take(pool);
    expect(pool.owns(ptr)).toBe(true);
    pool.check();
    pool.dispose();
    expect(parent.footprint().held).toBe(0);
  });

  test("that creates an invalid first member leaks nothing", () => {
    const parent = root();
    const noOwns = () => Object.assign(tinyHeap({ parent }), { owns: undefined }) as unknown as Can<"owns">;
    expect(() => cascade(noOwns)).toThrow(TypeError);
    expect(parent.footprint().held).toBe(0);
  });
});

describe("make of bucketize", () => {
  const CLASSES = { from: 16, to: 64, step: 16 };
  const list = (size: number, parent: Allocator) => freeList(size, { blocks: 4, parent });

  test.each(ODD)("that returns %s gets an error, and its buckets are disposed", (_, value) => {
    const parent = root();
    expect(() => bucketize((size) => (size > 32 ? (value as never) : list(size, parent)), CLASSES)).toThrow(TypeError);
    expect(parent.footprint().held).toBe(0);
  });

  test("that throws has its error passed on, and its buckets are disposed, whatever they throw", () => {
    const parent = root();
    const make = (size: number) => {
      if (size === 64) throw new Error("make");
      const region = scoped(1000, { parent });
      region.defer(() => {
        throw new Error("drop");
      });
      return region;
    };
    expect(() => bucketize(make, CLASSES)).toThrow(
      expect.objectContaining({ errors: ["make", "drop", "drop", "drop"].map((message) => new Error(message)) }),
    );
    expect(parent.footprint().held).toBe(0);
  });

  test("that returns one heap for several classes is refused, and the heap is unchanged", () => {
    const heap = tinyHeap({ parent: root() });
    expect(codeThrown(() => bucketize(() => heap, CLASSES))).toBe("misroute");
    expect(heap.allocate(layout)).not.toBe(NULL);
  });

  test("that returns an allocator owned by another combinator is refused, and the allocator lives on", () => {
    const parent = root();
    const owned = list(16, parent);
    const owner = limit(owned, 1000);
    expect(codeThrown(() => bucketize((size) => (size === 16 ? owned : list(size, parent)), CLASSES))).toBe("owned");
    expect(owner.allocate(Layout.of(16))).not.toBe(NULL);
    owner.dispose();
    expect(parent.footprint().held).toBe(0);
  });
});

describe("a chain", () => {
  test("is built once", () => {
    const parent = root();
    const start = chain(one(parent)).orElse(tinyHeap({ parent }));
    const built = start.build();
    expect(codeThrown(() => start.build())).toBe("owned");
    expect(codeThrown(() => start.pipe(limit, 100).build())).toBe("owned");
    expect(built.allocate(layout)).not.toBe(NULL);
    const single = chain(one(parent));
    single.build();
    expect(codeThrown(() => single.build())).toBe("owned");
  });

  test("that cannot be built leaves its members unowned", () => {
    const parent = root();
    const [first, heap] = [one(parent), tinyHeap({ parent })];
    const start = chain(first).orElse(heap).pipe(limit, 1000);
    const failing = start.pipe(() => {
      throw new Error("pipe");
    });
    for (let again = 0; again < 2; again++) expect(() => failing.build()).toThrow("pipe");
    const both = fallback(first, heap);
    expect(both.allocate(layout)).not.toBe(NULL);
    both.dispose();
    expect(parent.footprint().held).toBe(0);
  });
});

describe("a rounding function", () => {
  const sizes = [0, NaN, -1, 1.5, Infinity, "8", undefined, null] as unknown as number[];

  test.each(sizes)("that later returns %s leaves live blocks unchanged", (odd) => {
    let isOdd = false;
    const heap = quantize(freeList(1024, { blocks: 4, parent: root() }), (size) =>
      isOdd ? odd : Math.ceil(size / 64) * 64,
    );
    const ptr = take(heap);
    isOdd = true;
    for (const call of [() => heap.allocate(Layout.of(10)), () => heap.grow(ptr, layout, Layout.of(200))]) {
      const came = codeThrown(call);
      expect(["nothing was thrown", "size"]).toContain(came);
    }
    isOdd = false;
    heap.check();
    expect(codeThrown(() => heap.sizeAt(ptr))).toBe("nothing was thrown");
  });

  test("that throws has its error passed on, and nothing changes", () => {
    let throws = false;
    const heap = quantize(one(root()), (size) => {
      if (throws) throw new Error("round");
      return Math.ceil(size / 64) * 64;
    });
    const ptr = take(heap);
    throws = true;
    const small = Layout.of(10);
    for (const call of [
      () => heap.allocate(small),
      () => heap.deallocate(ptr, small),
      () => heap.grow(ptr, small, layout),
    ]) {
      expect(call).toThrow("round");
    }
    throws = false;
    heap.check();
    heap.deallocate(ptr, layout);
    expect(heap.allocate(layout)).toBe(ptr);
  });
});
