/**
 * Byte hooks that throw: the caller's block is unchanged, and the call leaves nothing behind.
 */
import { type Can, type Capability, Layout, Memory, orThrow, type Ptr, pages } from "@alloc/core";
import { system, tinyHeap } from "@alloc/global";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import { describe, expect, test } from "vitest";
import { small, take } from "./support/fixtures.ts";
import { INNER } from "./support/inner.ts";

const OBSERVERS: Record<string, (inner: Can<Capability>) => Can<Capability>> = {
  proxy: (inner) => proxy(inner, {}),
  stats: (inner) => stats(inner),
  leaks: (inner) => leaks(inner),
  guard: (inner) => guard(inner),
  "guard without quarantine": (inner) => guard(inner, { quarantine: 0 }),
};

/** A memory whose hooks throw while told to. */
function failing() {
  const device = { isLost: false };
  const hook = () => {
    if (device.isLost) throw new Error("device lost");
  };
  return { device, memory: Memory.virtual(2 ** 20, { copy: hook, fill: hook }) };
}

const large = Layout.of(3000);

describe.each(Object.entries(OBSERVERS))("%s", (_name, watch) => {
  describe.each(Object.entries(INNER).filter(([name]) => name !== "nullAllocator()"))("over %s", (_inner, make) => {
    test.each(["grow", "growZeroed", "shrink", "allocateZeroed"] as const)("%s", (call) => {
      const { device, memory } = failing();
      const under = stats(make(pages(memory)));
      const one = watch(under as unknown as Can<Capability>);
      const layout = call === "shrink" ? Layout.of(60) : small;
      const ptr = take(one, layout);
      const { numLive } = under.counters;
      device.isLost = true;
      let next: Ptr | 0 = 0;
      let isThrown = false;
      try {
        if (call === "allocateZeroed") next = one.allocateZeroed(layout);
        else next = one[call](ptr, layout, call === "shrink" ? Layout.of(8, 64) : large);
      } catch (error) {
        expect(error).toMatchObject({ message: "device lost" });
        isThrown = true;
      }
      device.isLost = false;
      const isAsBefore = isThrown || next === 0;
      if (isAsBefore) {
        expect(under.counters.numLive).toBe(numLive);
        one.deallocate(ptr, layout);
      }
      one.dispose();
    });
  });
});

test("growZeroed of a guard in place keeps the old size if the fill fails", () => {
  const { device, memory } = failing();
  const heap = guard(tinyHeap({ parent: pages(memory) }), { quarantine: 0 });
  const [from, to] = [Layout.of(600_000), Layout.of(700_000)];
  const ptr = take(heap, from); // there is no room for both
  device.isLost = true;
  expect(() => heap.growZeroed(ptr, from, to)).toThrow("device lost");
  device.isLost = false;
  expect(heap.sizeAt(ptr)).toBe(600_000);
  heap.deallocate(orThrow(heap.growZeroed(ptr, from, to), to), to);
  heap.check();
});

test("a guard whose memory is transferred away during a request releases the inner block", () => {
  const buffer = new ArrayBuffer(65536);
  const inner = stats(system({ parent: pages(Memory.over(buffer)) }));
  const heap = guard(proxy(inner, { allocateSuccess: () => void structuredClone(buffer, { transfer: [buffer] }) }));
  expect(() => heap.allocate(small)).toThrow(expect.objectContaining({ code: "detached" }));
  expect([inner.counters.numLive, heap.bytesLive]).toEqual([0, 0]);
});
