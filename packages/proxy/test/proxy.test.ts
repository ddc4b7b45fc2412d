import { Layout, NULL, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import type { SystemHeap, TinyHeap } from "@alloc/global";
import { type ProxyLogger, proxy } from "@alloc/proxy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import {
  empty,
  HOOKS,
  type Hook,
  heap,
  large,
  movingHeap,
  recorder,
  small,
  take,
  tooLarge,
} from "./support/fixtures.ts";
import { INNER } from "./support/inner.ts";
import { memoryForPrograms, programs, Run } from "./support/program.ts";

/** A proxy of a heap with one block, and the log of later calls. */
function watched(hooks?: readonly Hook[], inner: TinyHeap | SystemHeap = heap()) {
  const { told, logger } = recorder(hooks);
  const allocator = proxy(inner as TinyHeap, logger);
  const ptr = take(allocator, small);
  told.length = 0;
  return { allocator, ptr, told };
}

describe("each call is reported to its hook", () => {
  test.each(["allocate", "allocateZeroed"] as const)("%s", (call) => {
    const { allocator, told } = watched();
    const ptr = allocator[call](small);
    expect(told).toEqual([["allocateSuccess", ptr, small]]);
    expect(allocator[call](tooLarge)).toBe(NULL);
    expect(told.slice(1)).toEqual([["allocateFail", tooLarge]]);
  });

  test.each(["grow", "growZeroed"] as const)("%s", (call) => {
    const { allocator, ptr, told } = watched(HOOKS, movingHeap());
    expect(allocator[call](ptr, small, tooLarge)).toBe(NULL);
    const next = allocator[call](ptr, small, large);
    expect(next).not.toBe(ptr);
    expect(told).toEqual([
      ["reallocateFail", ptr, small, tooLarge],
      ["reallocateSuccess", ptr, small, next, large],
    ]);
  });

  test("shrink", () => {
    const list = freeList(64, { align: 64, parent: pages(memoryForPrograms()) });
    const { told, logger } = recorder();
    const allocator = proxy(list, logger);
    const ptr = take(allocator, small);
    const [less, misaligned] = [Layout.of(8), Layout.of(8, 128)];
    expect(allocator.shrink(ptr, small, misaligned)).toBe(NULL);
    expect(allocator.shrink(ptr, small, less)).toBe(ptr);
    expect(told.slice(1)).toEqual([
      ["reallocateFail", ptr, small, misaligned],
      ["reallocateSuccess", ptr, small, ptr, less],
    ]);
  });

  test("resizeInPlace, successful or not", () => {
    const { allocator, ptr, told } = watched(HOOKS, movingHeap());
    allocator.resizeInPlace(ptr, small, Layout.of(39));
    allocator.resizeInPlace(ptr, small, large);
    expect(told).toEqual([
      ["resizeInPlace", ptr, small, Layout.of(39), true],
      ["resizeInPlace", ptr, small, large, false],
    ]);
  });

  test("resizeInPlace without its hook is a reallocateSuccess if it succeeds, and otherwise not reported", () => {
    const { allocator, ptr, told } = watched(["reallocateSuccess", "reallocateFail"], movingHeap());
    allocator.resizeInPlace(ptr, small, Layout.of(39));
    allocator.resizeInPlace(ptr, small, large);
    expect(told).toEqual([["reallocateSuccess", ptr, small, ptr, Layout.of(39)]]);
  });

  test("reset", () => {
    const { allocator, told } = watched();
    allocator.reset();
    expect(told).toEqual([["reset"]]);
  });

  test("deallocate, while the block is still live", () => {
    const inner = heap();
    const sizes: number[] = [];
    const allocator = proxy(inner, { deallocate: (ptr) => sizes.push(inner.sizeAt(ptr)) });
    allocator.deallocate(take(allocator, small), small);
    expect(sizes).toEqual([40]);
  });

  test("all others after the call", () => {
    const inner = movingHeap();
    const held: number[] = [];
    const note = () => void held.push(inner.footprint().held);
    const allocator = proxy(inner, { allocateSuccess: note, reallocateSuccess: note, reset: note });
    expect(inner.footprint().held).toBe(0);
    allocator.grow(take(allocator, small), small, Layout.of(50_000));
    allocator.reset();
    expect(held[0]).toBeGreaterThan(0);
    expect(held[1]).toBeGreaterThan(held[0]!);
    expect(held[2]).toBe(0);
  });

  test("a hook is called as a method of its logger", () => {
    const logger = {
      count: 0,
      allocateSuccess() {
        this.count++;
      },
    };
    take(proxy(heap(), logger), small);
    expect(logger.count).toBe(1);
  });
});

describe("size 0", () => {
  test("is never reported", () => {
    const { allocator, ptr, told } = watched();
    const nothing = allocator.allocate(empty) as Ptr;
    allocator.allocateZeroed(empty);
    allocator.deallocate(nothing, empty);
    allocator.grow(nothing, empty, empty);
    allocator.shrink(nothing, empty, empty);
    allocator.resizeInPlace(nothing, empty, small);
    allocator.resizeInPlace(ptr, small, empty);
    expect(told).toEqual([]);
  });

  test("growing from it is an allocation", () => {
    const { allocator, told } = watched();
    const ptr = allocator.grow(empty.dangling, empty, small);
    const zeroed = allocator.growZeroed(empty.dangling, empty, small);
    allocator.grow(empty.dangling, empty, tooLarge);
    expect(told).toEqual([
      ["allocateSuccess", ptr, small],
      ["allocateSuccess", zeroed, small],
      ["allocateFail", tooLarge],
    ]);
  });

  test("shrinking to it is a release", () => {
    const { allocator, ptr, told } = watched();
    expect(allocator.shrink(ptr, small, empty)).toBe(empty.dangling);
    expect(told).toEqual([["deallocate", ptr, small]]);
  });
});

test.each(Object.entries(INNER))(
  "a logger of live blocks and their sizes is correct after any program over %s",
  (_name, make) => {
    fc.assert(
      fc.property(programs, (steps) => {
        const live = new Map<Ptr, Layout>();
        const logger: ProxyLogger = {
          allocateSuccess: (ptr, layout) => void live.set(ptr, layout),
          deallocate: (ptr) => void live.delete(ptr),
          reallocateSuccess(ptr, _from, next, to) {
            live.delete(ptr);
            live.set(next, to);
          },
          reset: () => live.clear(),
        };
        const run = new Run(proxy(make(pages(memoryForPrograms())), logger));
        for (const step of steps) run.step(step);
        expect(live).toEqual(new Map(run.blocks.map(({ ptr, layout }) => [ptr, layout])));
      }),
    );
  },
);

test("misuse detected by the inner allocator is reported as the intended release, and its error passed on", () => {
  const { allocator, ptr, told } = watched();
  expect(codeThrown(() => allocator.deallocate(ptr, large))).toBe("wrong-layout");
  expect(codeThrown(() => allocator.grow((ptr + 8) as Ptr, small, large))).toBe("interior-pointer");
  expect(told).toEqual([["deallocate", ptr, large]]);
});

test("its description is that of a proxy without state", () => {
  const { nodes, root } = proxy(heap(), {}).describe();
  expect(nodes[root]).toEqual({ id: 0, kind: "proxy", options: {}, state: {}, children: [1] });
});
