import { Layout, Memory, type Ptr } from "@alloc/core";
import { replay, WORKLOADS } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { floor } from "../src/bench/heaps/floor.ts";

describe("the floor", () => {
  test.each(["larson", "rptest-fixed", "robson"] as const)("serves %s without damaging a block", async (name) => {
    const { leaks, peakLive } = await replay(WORKLOADS[name].make({ operations: 3000 }), floor(Memory.linear()));
    expect(leaks).toBe(0);
    expect(peakLive).toBeGreaterThan(0);
  });

  test("keeps the bytes of a resized block, and hands a released block out again", () => {
    const heap = floor(Memory.linear());
    const [small, large] = [Layout.of(40), Layout.of(4000)];
    const ptr = heap.allocate(small) as Ptr;
    heap.memory.u8[ptr + 39] = 7;
    const moved = heap.grow(ptr, small, large) as Ptr;
    expect(heap.memory.u8[moved + 39]).toBe(7);
    expect(heap.allocate(small)).toBe(ptr);
    expect(heap.shrink(moved, large, Layout.of(3990))).toBe(moved);
    expect(heap.footprint().held).toBe(2 ** 20);
  });
});
