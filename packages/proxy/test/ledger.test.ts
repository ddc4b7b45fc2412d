/** The blocks that `leaks` takes for live if the inner allocator ends them or calls back in the middle of a call. */
import { fallback } from "@alloc/combinators";
import { disposeKey } from "@alloc/core/author";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { leaks } from "@alloc/proxy";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { large, small, take } from "./support/fixtures.ts";
import { hooked, once, root } from "./support/hooked.ts";

describe("of a chain with several leaves", () => {
  function chained() {
    const parent = root();
    const chain = fallback(freeList(64, { blocks: 4, parent }), system({ parent }));
    const one = leaks(chain, { stackDepth: 0 });
    take(one, small);
    return { chain, one };
  }

  test("no block is live after a reset of all", () => {
    const { one } = chained();
    one.reset();
    expect([one.live, one.bytesLive]).toEqual([[], 0]);
  });

  test("is not live, but one that was allocated at its address since is", () => {
    const { inner, before } = hooked();
    const one = leaks(inner, { stackDepth: 0 });
    const ptr = take(one, small);
    once(before, "deallocate", () => {
      one.deallocate(ptr, small);
      expect(take(one, small)).toBe(ptr);
    });
    codeThrown(() => one.deallocate(ptr, small));
    expect(one.live.map(({ ordinal }) => ordinal)).toEqual([2]);
  });

  test("all blocks stay live when one leaf is reset", () => {
    const { chain, one } = chained();
    chain.secondary.reset();
    expect([one.live.length, one.bytesLive]).toEqual([1, 40]);
  });
});

describe("a block that ended in the middle of a call", () => {
  const made = (name: "resizeInPlace" | "deallocate") => {
    const heap = tinyHeap({ parent: root() });
    const one = leaks(heap, { stackDepth: 0 });
    const ptr = take(one, small);
    const inner = heap[name].bind(heap) as (...given: unknown[]) => unknown;
    Object.assign(heap, {
      [name]: () => {
        Object.assign(heap, { [name]: inner });
        one.deallocate(ptr, small);
        return true;
      },
    });
    return { one, ptr };
  };

  test("is not live again if it was resized", () => {
    const { one, ptr } = made("resizeInPlace");
    one.resizeInPlace(ptr, small, large);
    expect(one.live).toEqual([]);
  });

  test("does not end another block at its address", () => {
    const { one, ptr } = made("deallocate");
    one.deallocate(ptr, small);
    expect([one.live, one.bytesLive]).toEqual([[], 0]);
  });
});

test("a scope with expectNone reports a leak once", () => {
  const one = leaks(tinyHeap({ parent: root() }), { stackDepth: 0 });
  const scope = one.expectNone();
  const ptr = take(one, small);
  const end = () => codeThrown(() => scope[disposeKey as typeof Symbol.dispose]());
  expect([end(), end()]).toEqual(["leak", "nothing was thrown"]);
  one.deallocate(ptr, small);
});
