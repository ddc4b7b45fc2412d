import { bucketize, fallback, nullAllocator, segregate } from "@alloc/combinators";
import { type Allocator, Allocator as Base, type Can, can, Layout, Memory, NULL, orThrow, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 16 * 2 ** 20 });
const parent = pages(memory);
const take = (allocator: Allocator, asked: Layout) => orThrow(allocator.allocate(asked), asked);
const lists = (blocks = 4) => bucketize((size) => freeList(size, { blocks, parent }), { from: 16, to: 64, step: 16 });
const heaps = (options: Parameters<typeof bucketize>[1]) => bucketize(() => tinyHeap({ parent }), options);

const classes = fc.oneof(
  fc.record({
    from: fc.integer({ min: 1, max: 99 }),
    to: fc.integer({ min: 99, max: 700 }),
    step: fc.integer({ min: 1, max: 90 }),
  }),
  fc.record({
    from: fc.integer({ min: 1, max: 99 }),
    to: fc.integer({ min: 99, max: 700 }),
    factor: fc.double({ min: 1.1, max: 4, noNaN: true }),
  }),
);

describe("the classes", () => {
  test("by steps end with the last one, even if no step leads there", () => {
    expect(heaps({ from: 10, to: 35, step: 10 }).sizes).toEqual([10, 20, 30, 35]);
    expect(heaps({ from: 10, to: 10, step: 10 }).sizes).toEqual([10]);
  });

  test("by factors are multiples of 8, except the first and the last", () => {
    expect(heaps({ from: 16, to: 100, factor: 1.5 }).sizes).toEqual([16, 24, 40, 64, 96, 100]);
  });

  test("are ascending for every factor", () => {
    fc.assert(
      fc.property(classes, (options) => {
        const { sizes } = heaps(options);
        expect([sizes[0], sizes.at(-1)]).toEqual([options.from, options.to]);
        expect(sizes.every((size, index) => index === 0 || size > sizes[index - 1]!)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

describe("requests", () => {
  test("go to the smallest class that holds them, rounded up to their align, and are released there", () => {
    const request = fc.tuple(fc.integer({ min: 1, max: 800 }), fc.integer({ min: 0, max: 9 }), fc.nat());
    fc.assert(
      fc.property(classes, fc.array(request, { minLength: 1, maxLength: 20 }), (options, requests) => {
        const heap = heaps(options);
        for (const [size, power, fit] of requests) {
          const layout = Layout.of(size, 2 ** power);
          const rounded = Math.ceil(size / layout.align) * layout.align;
          const expected = heap.sizes.findIndex((most) => rounded <= most);
          const ptr = heap.allocate(layout);
          expect(ptr === NULL ? -1 : heap.buckets.findIndex((bucket) => bucket.owns(ptr))).toBe(expected);
          expect(heap.usableSize(layout) === 0).toBe(expected < 0);
          if (ptr !== NULL)
            heap.deallocate(ptr, Layout.of(size + (fit % (heap.usableSize(layout) - size + 1)), layout.align));
        }
        heap.trim();
        expect(heap.footprint().held).toBe(0);
        heap.dispose();
      }),
      { numRuns: 60 },
    );
  });

  test("for which their bucket has no room do not go to the next one", () => {
    const pools = lists(1);
    take(pools, Layout.of(16));
    expect([pools.allocate(Layout.of(1)), pools.allocate(Layout.of(17)) !== NULL]).toEqual([NULL, true]);
  });

  test("larger than the last class return NULL, so that another allocator can follow", () => {
    const pools = lists();
    expect([64, 65].map((size) => pools.usableSize(Layout.of(size)))).toEqual([64, 0]);
    const heap = segregate([64, fallback(pools, system({ parent }))], system({ parent }));
    expect(heap.usableSize(Layout.of(65))).toBe(72);
    expect(fallback(lists(), system({ parent })).allocate(Layout.of(65))).not.toBe(NULL);
  });

  test("with an align go to the list whose blocks have it", () => {
    const pools = lists();
    expect(take(pools, Layout.of(33, 64)) % 64).toBe(0);
    expect(pools.allocate(Layout.of(33, 128))).toBe(NULL);
  });

  test("of size 0 need no bucket, whatever their align", () => {
    expect(lists().allocate(Layout.of(0, 4096))).toBe(Layout.of(0, 4096).dangling);
  });
});

test("the usable size ends with the class, even if its bucket gives more", () => {
  const heap = bucketize((size) => freeList(2 * size, { parent }), { from: 16, to: 48, step: 16 });
  expect([1, 16, 17, 48].map((size) => heap.usableSize(Layout.of(size)))).toEqual([16, 16, 32, 48]);
  expect(heap.usableSize(Layout.of(1, 32))).toBe(32);
});

test("the usable size is that of the layout if its bucket can never serve it and a later bucket serves more", () => {
  const heap = bucketize((size) => freeList(size, { parent }), { from: 16, to: 64, factor: 1.5 });
  expect(heap.sizes).toEqual([16, 24, 40, 64]);
  expect([20, 32, 33, 64].map((size) => heap.usableSize(Layout.of(size, 16)))).toEqual([20, 32, 64, 64]);
  expect([
    heap.allocate(Layout.of(20, 16)),
    heap.usableSize(Layout.of(20, 128)),
    heap.usableSize(Layout.of(0)),
  ]).toEqual([NULL, 0, 0]);
});

test("a block that leaves its class moves with its bytes, and stays if there is no room", () => {
  const pools = lists(1);
  const ptr = take(pools, Layout.of(16));
  memory.fill(ptr, 16, 0x5a);
  const up = orThrow(pools.grow(ptr, Layout.of(16), Layout.of(33)), Layout.of(33));
  expect([pools.buckets[2]!.owns(up), ...memory.view(Uint8Array, up, 16)]).toEqual([true, ...Array(16).fill(0x5a)]);
  take(pools, Layout.of(64));
  expect([pools.grow(up, Layout.of(33), Layout.of(64)), pools.grow(up, Layout.of(33), Layout.of(65))]).toEqual([
    NULL,
    NULL,
  ]);
  expect(pools.resizeInPlace(up, Layout.of(33), Layout.of(49))).toBe(false);
  const down = orThrow(pools.shrink(up, Layout.of(33), Layout.of(5)), Layout.of(5));
  expect([down, pools.shrink(down, Layout.of(5), Layout.of(0))]).toEqual([ptr, Layout.of(0).dangling]);
});

test("a pointer with a layout that no bucket serves is foreign", () => {
  const pools = lists();
  const ptr = take(pools, Layout.of(16));
  expect(codeThrown(() => pools.deallocate(ptr, Layout.of(65)))).toBe("foreign-pointer");
  expect(codeThrown(() => pools.grow(ptr, Layout.of(65), Layout.of(66)))).toBe("foreign-pointer");
});

test("it supports and detects the same as all of its buckets, except sizes", () => {
  const bare = (size: number) =>
    Base.from({ memory, allocate: () => NULL, deallocate: () => {}, usableSize: () => size });
  const powers = ["owns", "reset", "sizeAt", "resizeInPlace", "check", "trim", "defer"] as const;
  const of = (allocator: Allocator) => powers.filter((power) => can<Allocator, typeof power>(allocator, power));
  const mixed = bucketize<Allocator>((size) => (size === 16 ? bare(16) : system({ parent })), {
    from: 16,
    to: 32,
    step: 16,
  });
  expect(of(heaps({ from: 16, to: 32, step: 16 }))).toEqual(["owns", "reset", "resizeInPlace", "check", "trim"]);
  expect(of(lists())).toEqual(["owns", "reset", "resizeInPlace", "check"]);
  expect(of(mixed)).toEqual(["resizeInPlace", "check", "trim"]);
  (mixed as Allocator as Can<"trim">).trim();
  expect([heaps({ from: 16, to: 32, step: 16 }).detects, mixed.detects]).toEqual([
    ["foreign-pointer", "double-free", "interior-pointer"],
    [],
  ]);
});

describe("invalid arguments are refused, and created buckets are disposed", () => {
  const disposed: number[] = [];
  const noting = (size: number, inner: Allocator) =>
    Base.from({
      memory: inner.memory,
      allocate: (it) => inner.allocate(it),
      deallocate: (ptr, it) => inner.deallocate(ptr, it),
      usableSize: (it) => inner.usableSize(it),
      dispose: () => disposed.push(size),
    });
  const options = { from: 16, to: 64, step: 16 };
  const refusals: Record<string, [make: (size: number) => Allocator, made: number[]]> = {
    "a bucket that serves no size of its class": [
      (size) => noting(size, size === 48 ? nullAllocator(memory) : freeList(size, { parent })),
      [16, 32, 48],
    ],
    "a bucket that is smaller than its class": [
      (size) => noting(size, freeList(size === 32 ? 24 : size, { parent })),
      [16, 32],
    ],
    "a factory that throws": [
      (size) => {
        if (size === 48) throw new Error("no more");
        return noting(size, freeList(size, { parent }));
      },
      [16, 32],
    ],
    "buckets of two memories": [
      (size) => noting(size, freeList(size, { parent: size === 48 ? pages(Memory.linear()) : parent })),
      [16, 32, 48, 64],
    ],
  };

  test.each(Object.entries(refusals))("%s", (_, [make, made]) => {
    disposed.length = 0;
    expect(() => bucketize(make, options)).toThrow();
    expect(disposed).toEqual(made);
  });

  test("a bucket that takes its chunks from another one", () => {
    let heap: Allocator | undefined;
    const make = () => {
      heap = system(heap === undefined ? { parent } : { parent: heap });
      return heap;
    };
    expect(codeThrown(() => bucketize(make, options))).toBe("shared-reset");
  });

  test.each([
    { from: 0, to: 64, step: 16 },
    { from: 16, to: 15, step: 16 },
    { from: 16, to: 64, step: 0 },
    { from: 16, to: 64, step: 1.5 },
    { from: 16, to: 64, factor: 1 },
    { from: 16, to: 64, factor: NaN },
    { from: 16, to: 2 ** 32, factor: 2 },
  ])("classes %o, as a size", (classes) => {
    expect(codeThrown(() => heaps(classes))).toBe("size");
  });

  test("a step and a factor together", () => {
    const both = { from: 16, to: 64, step: 16, factor: 2 };
    expect(() => heaps(both)).toThrow("bucketize expects a step or a factor, got both");
  });

  test.each([
    { from: 1, to: 65_537, step: 65_536 },
    { from: 1, to: 2 ** 31, step: 1 },
  ])("a table that is too long for %o, as a count", (classes) => {
    expect(codeThrown(() => heaps(classes))).toBe("count");
  });
});

test("describe names the sizes", () => {
  const { nodes, root } = lists().describe();
  expect(nodes[root]).toMatchObject({ kind: "bucketize", options: { sizes: [16, 32, 48, 64] } });
});
