import { Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { type Counters, stats } from "@alloc/proxy";
import { describe, expect, test, vi } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { empty, forgetful, heap, large, movingHeap, small, take, tooLarge } from "./support/fixtures.ts";
import { memoryForPrograms } from "./support/program.ts";

const list = () => freeList(64, { blocks: 4, parent: pages(memoryForPrograms()) });

/** Returns the changes made by a call: each counter that differs, with its difference. */
function change(allocator: { readonly counters: Counters }, call: () => unknown): Record<string, number> {
  const { numBySize: _before, ...before } = allocator.counters;
  call();
  const { numBySize: _after, ...after } = allocator.counters;
  const changes = Object.entries(after).map(
    ([name, count]) => [name, count - before[name as keyof typeof before]] as const,
  );
  return Object.fromEntries(changes.filter(([, by]) => by !== 0));
}

describe("the counts of each call", () => {
  test("a new stats has only zeroes", () => {
    const { numBySize, ...counts } = stats(heap()).counters;
    expect(new Set(Object.values(counts))).toEqual(new Set([0]));
    expect(numBySize).toEqual({});
  });

  test.each(["allocate", "allocateZeroed"] as const)(
    "%s: a block, its requested bytes and its actual bytes",
    (call) => {
      const allocator = stats(list());
      expect(change(allocator, () => allocator[call](small))).toEqual({
        numAllocate: 1,
        numLive: 1,
        numHighWater: 1,
        bytesAsked: 40,
        bytesAllocated: 64,
        bytesLive: 64,
        bytesHighWater: 64,
      });
      expect(change(allocator, () => allocator[call](large))).toEqual({ numAllocateFail: 1 });
    },
  );

  test("deallocate: the bytes of the block", () => {
    const allocator = stats(list());
    const ptr = take(allocator, small);
    expect(change(allocator, () => allocator.deallocate(ptr, Layout.of(50)))).toEqual({
      numDeallocate: 1,
      numLive: -1,
      bytesDeallocated: 64,
      bytesLive: -64,
    });
  });

  test.each(["grow", "growZeroed"] as const)("%s that moves: the bytes gained, and the bytes copied", (call) => {
    const allocator = stats(movingHeap());
    const ptr = take(allocator, small);
    expect(change(allocator, () => allocator[call](ptr, small, large))).toEqual({
      numGrow: 1,
      numMoved: 1,
      bytesGrown: 360,
      bytesLive: 360,
      bytesHighWater: 360,
      bytesMoved: 40,
    });
  });

  test("grow within the bytes of the block: only the call", () => {
    const allocator = stats(list());
    const ptr = take(allocator, small);
    expect(change(allocator, () => allocator.grow(ptr, small, Layout.of(64)))).toEqual({ numGrow: 1 });
  });

  test("shrink that moves: the bytes lost, and the bytes copied", () => {
    const allocator = stats(movingHeap());
    const ptr = take(allocator, large);
    expect(change(allocator, () => allocator.shrink(ptr, large, small))).toEqual({
      numShrink: 1,
      numMoved: 1,
      bytesShrunk: 360,
      bytesLive: -360,
      bytesMoved: 40,
    });
  });

  test("a grow and a shrink that return NULL: a failure each, and no bytes", () => {
    const allocator = stats(list());
    const ptr = take(allocator, small);
    expect(change(allocator, () => allocator.grow(ptr, small, large))).toEqual({ numGrowFail: 1 });
    expect(change(allocator, () => allocator.growZeroed(ptr, small, large))).toEqual({ numGrowFail: 1 });
    expect(change(allocator, () => allocator.shrink(ptr, small, Layout.of(8, 128)))).toEqual({ numShrinkFail: 1 });
  });

  test("resizeInPlace: a grow or shrink, and nothing if it is false", () => {
    const allocator = stats(heap());
    const [less, more] = [Layout.of(4000), Layout.of(5008)];
    const ptr = take(allocator, more);
    expect(change(allocator, () => allocator.resizeInPlace(ptr, more, less))).toEqual({
      numShrink: 1,
      bytesShrunk: 1008,
      bytesLive: -1008,
    });
    expect(change(allocator, () => allocator.resizeInPlace(ptr, less, more))).toEqual({
      numGrow: 1,
      bytesGrown: 1008,
      bytesLive: 1008,
    });
    expect(change(allocator, () => allocator.resizeInPlace(ptr, more, tooLarge))).toEqual({});
  });

  test("reset: no block is live, and the sums stay", () => {
    const allocator = stats(heap());
    take(allocator, small);
    take(allocator, large);
    expect(change(allocator, () => allocator.reset())).toEqual({ numReset: 1, numLive: -2, bytesLive: -440 });
    take(allocator, small);
    expect(allocator.counters).toMatchObject({ numLive: 1, bytesLive: 40, numHighWater: 2, bytesHighWater: 440 });
  });

  test("size 0: nothing; growing from it is an allocation, shrinking to it a release", () => {
    const allocator = stats(heap());
    const nothing = () => {
      allocator.deallocate(allocator.allocate(empty) as Ptr, empty);
      allocator.shrink(allocator.grow(empty.dangling, empty, empty) as Ptr, empty, empty);
      allocator.resizeInPlace(empty.dangling, empty, small);
    };
    expect(change(allocator, nothing)).toEqual({});
    const ptr = orThrow(allocator.growZeroed(empty.dangling, empty, small), small);
    allocator.shrink(ptr, small, empty);
    const { numAllocate, numDeallocate, numGrow, numShrink, numBySize } = allocator.counters;
    expect([numAllocate, numDeallocate, numGrow, numShrink]).toEqual([1, 1, 0, 0]);
    expect(numBySize).toEqual({ 64: 1 });
  });

  test("misuse: nothing", () => {
    const allocator = stats(heap());
    const ptr = take(allocator, small);
    const misuse = () => {
      expect(codeThrown(() => allocator.deallocate(ptr, large))).toBe("wrong-layout");
      expect(codeThrown(() => allocator.deallocate((ptr + 8) as Ptr, small))).toBe("interior-pointer");
      expect(codeThrown(() => allocator.grow(ptr, large, Layout.of(800)))).toBe("wrong-layout");
      expect(codeThrown(() => allocator.resizeInPlace(ptr, large, small))).toBe("wrong-layout");
    };
    expect(change(allocator, misuse)).toEqual({});
  });

  test("a memory without bytes that cannot be zeroed: nothing", () => {
    const allocator = stats(tinyHeap({ parent: pages(Memory.virtual(2 ** 20)) }));
    expect(change(allocator, () => expect(codeThrown(() => allocator.allocateZeroed(small))).toBe("no-bytes"))).toEqual(
      {},
    );
  });
});

test("an exact allocator is not asked for the size of a block, any other is", () => {
  const asked = (inner: ReturnType<typeof list>) => {
    const sizeAt = vi.spyOn(inner, "sizeAt");
    const allocator = stats(inner);
    allocator.deallocate(orThrow(allocator.grow(take(allocator, small), small, Layout.of(50)), small), small);
    expect(allocator.counters).toMatchObject({ bytesHighWater: 64, bytesLive: 0 });
    return sizeAt.mock.calls.length;
  };
  const inexact = Object.defineProperty(list(), "isExact", { value: false });
  // A grow in place looks the block up itself.
  expect(asked(inexact) - asked(list())).toBe(4);
});

test("NULL is counted every time", () => {
  const allocator = stats(list());
  const answers = Array.from({ length: 7 }, () => allocator.allocate(small));
  expect(allocator.counters).toMatchObject({ numAllocate: 4, numAllocateFail: 3, numBySize: { 64: 7 } });
  expect(answers.filter((ptr) => ptr === NULL).length).toBe(3);
});

describe("an undetected second release", () => {
  function region() {
    const one = stats(forgetful());
    const blocks = Array.from({ length: 3 }, () => take(one, small));
    return { one, blocks };
  }
  const release = (one: ReturnType<typeof region>["one"], ptr: Ptr) => codeThrown(() => one.deallocate(ptr, small));

  test("never makes a counter negative, and throws at the latest when more blocks are released than were live", () => {
    const { one, blocks } = region();
    const codes = Array.from({ length: 10 }, () => release(one, blocks[0]!));
    expect(codes.filter((code) => code === "double-free").length).toBeGreaterThanOrEqual(7);
    for (const count of Object.values(one.counters))
      if (typeof count === "number") expect(count).toBeGreaterThanOrEqual(0);
  });

  test("of a block larger than all live bytes throws at once", () => {
    const { one, blocks } = region();
    const large = Layout.of(400);
    const ptr = take(one, large);
    take(one, small);
    one.deallocate(ptr, large);
    const before = one.counters;
    expect(codeThrown(() => one.deallocate(ptr, large))).toBe("double-free");
    expect(one.counters).toEqual(before);
    for (const block of blocks) one.deallocate(block, small);
  });

  test("is counted from zero after a reset", () => {
    const { one, blocks } = region();
    for (let round = 0; round < 5; round++) release(one, blocks[0]!);
    one.reset();
    one.deallocate(take(one, small), small);
    expect(one.counters).toMatchObject({ numLive: 0, bytesLive: 0 });
  });

  test("is not a block older than the stats, if the inner allocator knows its blocks", () => {
    const inner = heap();
    const ptr = take(inner, small);
    const one = stats(inner);
    one.deallocate(ptr, small);
    expect(one.counters).toMatchObject({ numLive: 0, bytesLive: 0, numAllocate: 0, numDeallocate: 0 });
    expect(codeThrown(() => one.deallocate(ptr, small))).toBe("double-free");
  });
});

describe("an invalid block or layout", () => {
  test.each([() => stats(heap()), () => stats(list()), () => stats(movingHeap())])(
    "is refused, and not counted",
    (make) => {
      const one = make();
      take(one, small);
      const before = one.counters;
      const calls: (() => unknown)[] = [
        () => one.deallocate(NULL as never, small),
        () => one.deallocate(300 as Ptr, 40 as never),
        () => one.allocate(40 as never),
        () => one.allocate(undefined as never),
      ];
      for (const call of calls) expect(codeThrown(call)).toMatch(/^foreign-pointer|^argument/);
      expect(one.counters).toEqual(before);
    },
  );
});
