/** Buckets with different capabilities and layouts, and the ends of classes. */
import { bucketize } from "@alloc/combinators";
import { Allocator, type Can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { describe, expect, test } from "vitest";

const memory = Memory.linear({ maximum: 4 * 2 ** 20 });
const parent = pages(memory);
const take = (allocator: Allocator, asked: Layout) => orThrow(allocator.allocate(asked), asked);
const options = { from: 16, to: 48, step: 16 };

/** A bucket with no optional capability, which serves layouts up to this align; blocks are at its size times 4096. */
const bare = (size: number, most = 2 ** 31) =>
  Allocator.from({
    memory,
    allocate: () => (size * 4096) as Ptr,
    deallocate: () => {},
    usableSize: ({ align }) => (align > most ? 0 : size),
  });

describe("a block that stays in its class", () => {
  // A move would need a second block, and there is none.
  const lists = () => bucketize((size) => freeList(size, { blocks: 1, parent }), options);

  test.each([
    ["first", 1, 16],
    ["last", 33, 48],
  ])("stays where it is, in the %s one", (_, least, most) => {
    const pools = lists();
    const [small, large] = [Layout.of(least), Layout.of(most)];
    const ptr = take(pools, small);
    expect([pools.grow(ptr, small, large), pools.shrink(ptr, large, small)]).toEqual([ptr, ptr]);
    expect(pools.resizeInPlace(ptr, small, large)).toBe(true);
  });

  test("does not shrink to an align for which it would exceed the last class", () => {
    const pools = lists();
    const layout = Layout.of(40);
    expect(pools.shrink(take(pools, layout), layout, Layout.of(33, 64))).toBe(NULL);
  });
});

test("the usable size of an aligned layout is rounded down to the align if the class is not a multiple of it", () => {
  const heap = bucketize((size) => freeList(2 * size, { parent }), { from: 16, to: 64, factor: 1.5 });
  expect(heap.sizes).toEqual([16, 24, 40, 64]);
  expect([8, 16].map((align) => heap.usableSize(Layout.of(25, align)))).toEqual([40, 32]);
});

describe("the usable size of a layout that its bucket can never serve", () => {
  const aligns = (...most: number[]) => bucketize((size) => bare(size, most[size / 16 - 1]), options);

  test("is 0 even if an earlier bucket could serve one of the align", () => {
    expect(aligns(8, 16, 8).usableSize(Layout.of(33, 16))).toBe(0);
  });

  test("is that of the layout if a later bucket can serve more, and 0 if none can", () => {
    expect(aligns(8, 8, 16).usableSize(Layout.of(1, 16))).toBe(1);
    expect(aligns(8, 8, 8).usableSize(Layout.of(1, 16))).toBe(0);
  });

  test("is 0 if a larger layout of the align exceeds the last class", () => {
    expect(aligns(16, 16, 16).usableSize(Layout.of(17, 32))).toBe(0);
  });

  test("is 0 if there is no larger layout of the align", () => {
    const heap = bucketize((size) => bare(size, 8), { from: 2 ** 30, to: 3 * 2 ** 30, step: 2 ** 30 });
    expect(heap.usableSize(Layout.of(1, 2 ** 31))).toBe(0);
  });
});

describe("buckets with different capabilities and detected misuse", () => {
  const calls: string[] = [];
  const noting = (size: number) => {
    const note = (call: string) => () => void calls.push(`${call} ${size}`);
    return Allocator.from({
      memory,
      allocate: () => NULL,
      deallocate: () => {},
      resizeInPlace: () => true,
      check: note("check"),
      trim: note("trim"),
    });
  };
  const mixed = bucketize<Allocator>((size) => (size === 32 ? noting(size) : bare(size)), options);
  const all = mixed as Allocator as Can<"resizeInPlace" | "check" | "trim">;

  test("check and trim the buckets that support it", () => {
    calls.length = 0;
    all.check();
    all.trim();
    expect(calls).toEqual(["check 32", "trim 32"]);
  });

  test("resize in place if their bucket supports it", () => {
    const tries = [1, 17, 33].map((size) => all.resizeInPlace(65536 as Ptr, Layout.of(size), Layout.of(size + 1)));
    expect(tries).toEqual([false, true, false]);
  });

  test("detect the misuse that all buckets detect, whichever comes first", () => {
    const heap = bucketize<Allocator>((size) => (size === 16 ? tinyHeap({ parent }) : bare(size)), options);
    expect(heap.detects).toEqual([]);
  });
});

test("making it looks at each bucket a few times, however many there are", () => {
  const looksOf = (count: number): number => {
    const parent = pages(Memory.virtual(2 ** 28));
    let looks = 0;
    const make = (size: number) => {
      const list = freeList(size, { blocks: 1, parent });
      Object.defineProperty(list, "children", {
        get() {
          looks++;
          return [];
        },
      });
      return list;
    };
    bucketize(make, { from: 8, to: 8 * count, step: 8 });
    return looks / count;
  };
  expect(looksOf(500)).toBeLessThanOrEqual(10);
});
