/**
 * Pointers that are not live blocks of a guard: the block that a report names for them.
 */
import { Layout, Memory, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { guard } from "@alloc/proxy";
import { beforeEach, describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { large, small, take } from "./support/fixtures.ts";
import { root, thrownBy } from "./support/hooked.ts";
import { forgetRegistries } from "./support/registries.ts";

beforeEach(forgetRegistries);

const heap = () => guard(tinyHeap({ parent: root() }), { stackDepth: 0 });

describe("an error about an interior pointer has its offset and its block:", () => {
  test("a live block", () => {
    const one = heap();
    const ptr = take(one, small);
    expect(thrownBy(() => one.deallocate((ptr + 4) as Ptr, small)).message.split("\n")[0]).toBe(
      `${ptr + 4} lies 4 bytes inside of #1 (40 bytes, align 8, at ${ptr})`,
    );
  });

  test("a dead block, and how it ended", () => {
    const one = heap();
    const ptr = take(one, small);
    one.deallocate(ptr, small);
    expect(thrownBy(() => one.deallocate((ptr + 1) as Ptr, small)).message.split("\n")[0]).toBe(
      `${ptr + 1} lies 1 byte inside of #1 (40 bytes, align 8, at ${ptr}), which was released`,
    );
  });
});

test("an error about a foreign pointer names the nearest live block, whichever is older", () => {
  const one = heap();
  const ptrs = [take(one, small), take(one, small), take(one, small)];
  const nearest = ptrs.map((ptr) => thrownBy(() => one.deallocate((ptr - 1) as Ptr, small)).block?.ptr);
  expect(nearest).toEqual(ptrs);
});

describe("a block of another guard", () => {
  /** Guards with similar addresses, unlike those of other tests. */
  const same = (count: number, redZone: number) =>
    Array.from({ length: count }, () => guard(tinyHeap({ parent: root() }), { redZone, stackDepth: 0 }));
  const whose = (ptr: Ptr) => {
    const other = heap();
    const { message } = thrownBy(() => other.deallocate(ptr, small));
    return / of ([\w ]+): release/.exec(message)?.[1];
  };

  test("is attributed to another guard with a block there", () => {
    const [one] = same(1, 3000);
    expect(whose(take(one!, small))).toBe("another guard");
    one!.dispose();
  });

  test("is attributed to one of several guards with the same addresses", () => {
    const guards = same(3, 4000);
    const [ptr] = guards.map((one) => take(one, small));
    expect(whose(ptr!)).toBe("one of 3 other guards");
    for (const one of guards) one.dispose();
  });

  test("is still attributed while other blocks of that guard are released", () => {
    const [one] = same(1, 5000);
    const [first, second] = [take(one!, small), take(one!, small)];
    one!.deallocate(first, small);
    expect(whose(second)).toBe("another guard");
    one!.dispose();
  });

  test("is attributed to the guard that had live blocks last", () => {
    const guards = [1, 2].map(() => guard(freeList(256, { blocks: 1, parent: root() }), { quarantine: 0 }));
    const [ptr] = guards.map((one, index) => take(one, Layout.of(40 + index)));
    guards[0]!.deallocate(ptr!, small);
    take(guards[0]!, Layout.of(50));
    const other = guard(freeList(256, { blocks: 1, parent: root() }));
    expect(thrownBy(() => other.deallocate(ptr!, small)).block?.size).toBe(50);
    for (const one of guards) one.dispose();
  });
});

describe("of the ended blocks", () => {
  const layout = Layout.of(8);
  const ended = (count: number) => {
    const inner = freeList(8, { blocks: 5000, parent: pages(Memory.virtual(2 ** 20)) });
    const one = guard(inner, { quarantine: 0, stackDepth: 0 });
    const ptrs = Array.from({ length: count }, () => take(one, layout));
    for (const ptr of ptrs) one.deallocate(ptr, layout);
    return codeThrown(() => one.deallocate(ptrs[0]!, layout));
  };

  test("4096 are remembered", () => {
    expect(ended(4096)).toBe("double-free");
  });

  test("an earlier one is foreign", () => {
    expect(ended(4097)).toBe("foreign-pointer");
  });
});

test("a block that moved after a refused release leaves no record at its address", () => {
  const inner = system({ parent: pages(Memory.virtual(2 ** 20)) });
  const allocate = inner.allocate.bind(inner);
  const one = guard(Object.assign(inner, { grow: (_: Ptr, __: Layout, to: Layout) => allocate(to) }), {
    quarantine: 0,
  });
  const ptr = take(one, small);
  const deallocate = inner.deallocate.bind(inner);
  Object.assign(inner, {
    deallocate: () => {
      Object.assign(inner, { deallocate });
      throw new Error("refused");
    },
  });
  expect(() => one.deallocate(ptr, small)).toThrow("refused");
  one.grow(ptr, small, large);
  expect(codeThrown(() => one.deallocate(ptr, small))).toBe("foreign-pointer");
});

test("an overflow is detected even if the program's bytes look like a zone", () => {
  const one = guard(tinyHeap({ parent: root() }));
  const ptr = take(one, small);
  const { u8 } = one.memory;
  u8[ptr + 40 + 9] = 1;
  const zone = [ptr + 40, ptr + 56].map((at) => 16 * at) as [number, number];
  if (zone[1] < u8.length) u8.fill(0xfd, ...zone);
  expect([zone[1] < u8.length, codeThrown(() => one.deallocate(ptr, small))]).toEqual([true, "overflow"]);
});

test("an error about an address at which several blocks lay names the one that ended last", () => {
  const pool = guard(freeList(128, { blocks: 1, parent: root() }), { quarantine: 0, stackDepth: 0 });
  const [first, second] = [0, 1].map(() => {
    const ptr = take(pool, small);
    pool.deallocate(ptr, small);
    return ptr;
  });
  expect(second).toBe(first);
  expect(thrownBy(() => pool.deallocate(second!, small)).message.split("\n")[0]).toContain("#2 ");
});
