import { fallback, nullAllocator } from "@alloc/combinators";
import { type Allocator, type Capability, can, Layout, Memory, pages, toMalloc } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { stats } from "@alloc/proxy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { heap, large, small, take } from "./support/fixtures.ts";
import { INNER } from "./support/inner.ts";
import { memoryForPrograms, programs, Run, type Step } from "./support/program.ts";

describe("the counters are consistent", () => {
  /** The bytes of the live blocks of a program: the model of `bytesLive`. */
  function bytesOf({ allocator, blocks }: Run): number {
    const isSized: boolean = can<Allocator, Capability>(allocator, "sizeAt");
    return blocks.reduce(
      (sum, { ptr, layout }) => sum + (isSized ? allocator.sizeAt(ptr) : allocator.usableSize(layout)),
      0,
    );
  }

  test.each(Object.entries(INNER))("after any program over %s, with any fitting layouts", (_name, make) => {
    fc.assert(
      fc.property(programs, (steps: Step[]) => {
        const allocator = stats(make(pages(memoryForPrograms())));
        const run = new Run(allocator);
        let [numHighWater, bytesHighWater] = [0, 0];
        for (const step of steps) {
          run.step(step);
          numHighWater = Math.max(numHighWater, run.blocks.length);
          bytesHighWater = Math.max(bytesHighWater, bytesOf(run));
        }
        const { counters } = allocator;
        const [numLive, bytesLive] = [run.blocks.length, bytesOf(run)];
        expect(counters).toMatchObject({ numLive, bytesLive, numHighWater, bytesHighWater });
        const requests = Object.values(counters.numBySize).reduce((sum, count) => sum + count, 0);
        expect(requests).toBe(counters.numAllocate + counters.numAllocateFail);
        if (counters.numReset > 0) return;
        const { bytesAllocated, bytesGrown, bytesShrunk, bytesDeallocated } = counters;
        expect(counters.numAllocate - counters.numDeallocate).toBe(counters.numLive);
        expect(bytesAllocated + bytesGrown - bytesShrunk - bytesDeallocated).toBe(counters.bytesLive);
      }),
    );
  });

  test("in C's style, where a block is released by its actual size, not the requested one", () => {
    const parent = pages(Memory.linear({ maximum: 2 ** 20 }));
    const allocator = stats(fallback(freeList(64, { parent }), system({ parent })));
    const c = toMalloc(allocator);
    expect(c.header).toBe(0);
    const first = c.malloc(40);
    const second = c.malloc(10);
    c.free(c.realloc(first, 50));
    expect(allocator.counters).toMatchObject({ numLive: 1, bytesLive: 64 });
    c.free(second);
    expect(allocator.counters).toMatchObject({ numLive: 0, bytesLive: 0 });
  });

  test("sums beyond 4 GiB are exact", () => {
    const allocator = stats(pages(Memory.virtual(2 ** 32)).byRef());
    const huge = Layout.of(3 * 2 ** 30 - 4096);
    for (let round = 0; round < 3; round++) allocator.deallocate(take(allocator, huge), huge);
    expect(allocator.counters).toMatchObject({
      bytesLive: 0,
      bytesHighWater: huge.size,
      bytesAllocated: 3 * huge.size,
      bytesDeallocated: 3 * huge.size,
      numBySize: { [2 ** 32]: 3 },
    });
  });
});

describe("numBySize", () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 4],
    [5, 8],
    [64, 64],
    [65, 128],
    [2 ** 31, 2 ** 31],
    [2 ** 31 + 1, 2 ** 32],
    [2 ** 32 - 8, 2 ** 32],
  ])("a request of %d bytes is counted under %d, served or not", (size, bytes) => {
    const allocator = stats(nullAllocator());
    allocator.allocate(Layout.of(size));
    expect(allocator.counters.numBySize).toEqual({ [bytes]: 1 });
  });

  test("a size requested only by a resize is not counted", () => {
    const allocator = stats(heap());
    allocator.grow(take(allocator, small), small, large);
    expect(allocator.counters.numBySize).toEqual({ 64: 1 });
  });
});

describe("the snapshot", () => {
  test("keeps its values while the allocator continues", () => {
    const allocator = stats(heap());
    const before = allocator.counters;
    take(allocator, small);
    expect([before.numAllocate, allocator.counters.numAllocate]).toEqual([0, 1]);
    expect([Object.isFrozen(before), Object.isFrozen(before.numBySize)]).toEqual([true, true]);
  });

  test("is the value for JSON, and can be read after dispose", () => {
    const allocator = stats(heap());
    take(allocator, small);
    const { counters } = allocator;
    expect(JSON.parse(JSON.stringify(allocator))).toEqual(counters);
    allocator.dispose();
    expect(allocator.counters).toEqual(counters);
    expect(JSON.parse(JSON.stringify(allocator))).toEqual(counters);
    expect(codeThrown(() => allocator.allocate(small))).toBe("disposed");
  });

  test("is kept in one array of words, which describe names, shared if the memory is", () => {
    const allocator = stats(system({ parent: pages(Memory.linear({ shared: true, maximum: 2 ** 20 })) }));
    const { kind, state } = allocator.describe().nodes[0]!;
    expect([kind, Object.keys(state)]).toEqual(["stats", ["counters"]]);
    expect(state.counters!.buffer).toBeInstanceOf(SharedArrayBuffer);
    take(allocator, small);
    expect(state.counters![0]).toBe(1);
    expect(state.counters!.byteLength).toBe(408);
  });

  test("is not in the footprint, which is that of the inner allocator", () => {
    const inner = heap();
    expect(stats(inner).footprint()).toEqual(inner.footprint());
  });
});
