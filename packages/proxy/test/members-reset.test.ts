/** A guard or leaks over several members, one of which is reset by its owner, or ended by its parent. */
import { cascade, fallback, segregate } from "@alloc/combinators";
import { type Allocator, Layout, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { guard, leaks } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { take } from "./support/fixtures.ts";

const few = Layout.of(20, 4);
const many = Layout.of(1000, 4);

function pair() {
  const lent = system({ parent: pages() });
  const own = system({ parent: pages(lent.memory) });
  return { lent, own, both: () => segregate([200, lent.byRef()], own) };
}

/** Fills all that an allocator may hand out again where a block lay. Returns whether the bytes are still as filled. */
function occupy(allocator: Allocator, ptr: Ptr): () => boolean {
  const layout = Layout.of(4000);
  const at = take(allocator, layout);
  expect(ptr >= at && ptr < at + 4000).toBe(true);
  const bytes = () => allocator.memory.view(Uint8Array, at, 4000);
  bytes().fill(0x11);
  return () => bytes().every((byte) => byte === 0x11);
}

describe("a guard over two members, one of which was reset", () => {
  test("does not write where its blocks were", () => {
    const { lent, both } = pair();
    const one = guard(both());
    const ptr = take(one, few);
    lent.reset();
    const isIntact = occupy(lent, ptr);
    one.check();
    one.dispose();
    expect(isIntact()).toBe(true);
  });

  test("does not write where its blocks were if the members ended with their parent", () => {
    const parent = system({ parent: pages() });
    const member = (size: number) => freeList(size, { parent: parent.byRef() });
    const one = guard(fallback(member(128), member(256)));
    const ptr = take(one, few);
    parent.reset();
    const isIntact = occupy(parent, ptr);
    expect(() => one.dispose()).toThrow("2 errors were thrown");
    expect(isIntact()).toBe(true);
  });

  test("knows which blocks have ended", () => {
    const { lent, both } = pair();
    const one = guard(both());
    const [ended, live] = [take(one, few), take(one, many)];
    lent.reset();
    expect(codeThrown(() => one.deallocate(ended, few))).toBe("double-free");
    expect(one.sizeAt(live)).toBe(1000);
    expect(one.bytesLive).toBe(1000);
  });

  test("goes on to watch the blocks of the other", () => {
    const { lent, both } = pair();
    const one = guard(both());
    const [live, released] = [take(one, many), take(one, many)];
    one.deallocate(released, many);
    lent.reset();
    one.memory.u8[released] = 1;
    expect(codeThrown(() => one.check())).toBe("write-after-free");
    one.memory.u8[live + 1000] = 1;
    expect(codeThrown(() => one.check())).toBe("overflow");
  });

  test("returns the quarantined blocks of the other", () => {
    const { lent, own, both } = pair();
    const one = guard(both());
    one.deallocate(take(one, many), many);
    lent.reset();
    one.trim();
    own.trim();
    expect(own.footprint().held).toBe(0);
  });
});

describe.each([
  ["a guard", guard],
  ["leaks", leaks],
] as const)("%s over a cascade that reuses a region", (_, observe) => {
  test("knows the block for which the region was reset", () => {
    const parent = system({ parent: pages() });
    const one = observe(cascade(() => scoped(4096, { parent: parent.byRef() })));
    const layout = Layout.of(3000);
    for (let turn = 0; turn < 3; turn++) {
      const [first, second] = [take(one, layout), take(one, layout)];
      expect(one.bytesLive).toBe(6000);
      one.deallocate(first, layout);
      one.deallocate(second, layout);
      one.trim?.();
    }
    expect(one.bytesLive).toBe(0);
  });
});

test("leaks over two members, one of which was reset, list the blocks of the other", () => {
  const { lent, both } = pair();
  const one = leaks(both());
  take(one, few);
  take(one, many);
  lent.reset();
  expect(one.live.map(({ size }) => size)).toEqual([1000]);
});

test.each([
  ["a guard", guard],
  ["leaks", leaks],
] as const)("%s over two members keeps what came after a reset of the one when the other is reset", (_, observe) => {
  const { lent, own } = pair();
  const one = observe(segregate([200, lent.byRef()], own.byRef()));
  take(one, few);
  lent.reset();
  const later = take(one, few);
  take(one, many);
  own.reset();
  expect(one.bytesLive).toBe(20);
  one.deallocate(later, few);
});
