/** User code that runs while a member serves a request: it releases blocks of that member, trims, or calls back. */
import { cascade } from "@alloc/combinators";
import { Allocator, type Can, Layout, Memory, NULL, type Null, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { proxy } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";

type Fire = { fire?: (() => void) | undefined };
const layout = Layout.of(40);
const take = (allocator: Allocator, asked = layout) => orThrow(allocator.allocate(asked), asked);

/** Calls its hook once, in the middle of each request. */
const hooked = (inner: Can<"owns">, hooks: Fire) => proxy(inner, { allocateSuccess: () => hooks.fire?.() });

/** A virtual memory whose fill hook fires. */
function virtual(hooks: Fire) {
  const bytes = new Uint8Array(2 ** 16);
  return Memory.virtual(2 ** 16, {
    copy: (to, from, count) => bytes.copyWithin(to, from, from + count),
    fill: (ptr, count, value) => {
      bytes.fill(value, ptr, ptr + count);
      hooks.fire?.();
    },
  });
}

const root = () => pages(Memory.over(new ArrayBuffer(2 ** 16)));
const CASCADES: Record<string, (hooks: Fire) => Can<"owns" | "check" | "trim">> = {
  "regions, by the fill hook": (hooks) => {
    const parent = pages(virtual(hooks));
    return cascade(() => scoped(400, { parent }));
  },
  "lists behind a proxy": (hooks) => {
    const parent = root();
    return cascade(() => hooked(freeList(200, { blocks: 2, parent }), hooks));
  },
  "heaps behind a proxy": (hooks) => {
    const parent = root();
    return cascade(() => hooked(tinyHeap({ parent: scoped(1000, { parent }) }), hooks));
  },
};

describe.each(Object.entries(CASCADES))("a cascade of %s", (_, make) => {
  const WHAT: Record<string, (pool: Can<"owns" | "trim">, others: Ptr[]) => void> = {
    "releases all other blocks": (pool, others) => {
      for (const ptr of others.splice(0)) pool.deallocate(ptr, layout);
    },
    "releases all other blocks and trims": (pool, others) => {
      for (const ptr of others.splice(0)) pool.deallocate(ptr, layout);
      pool.trim();
    },
  };

  test.each(Object.entries(WHAT))("hands no block out twice if code that runs meanwhile %s", (_, what) => {
    // Up to the requests to a second and a third member.
    for (let before = 1; before < 24; before++) {
      const hooks: Fire = {};
      const pool = make(hooks);
      const others = Array.from({ length: before }, () => take(pool));
      hooks.fire = () => {
        hooks.fire = undefined;
        what(pool, others);
      };
      const mine = orThrow(pool.allocateZeroed(layout), layout);
      expect(pool.owns(mine)).toBe(true);
      pool.check();
      const later = Array.from({ length: 12 }, () => take(pool));
      for (const ptr of later) expect(Math.abs(ptr - mine)).toBeGreaterThanOrEqual(40);
      for (const ptr of [mine, ...later]) pool.deallocate(ptr, layout);
      pool.trim();
      pool.check();
      expect(pool.children.length).toBe(1);
    }
  });
});

describe("a region that became empty during its own request", () => {
  test("is reset when the next request needs it, whatever the result of that request", () => {
    for (const throws of [true, false]) {
      let fire: (() => void) | undefined;
      const parent = root();
      let made = 0;
      const pool = cascade(() => {
        if (made++ > 0) return undefined;
        const region = scoped(96, { parent });
        return Allocator.from({
          memory: region.memory,
          detects: region.detects,
          allocate: (asked) => {
            fire?.();
            return region.allocate(asked);
          },
          deallocate: (ptr, asked) => region.deallocate(ptr, asked),
          owns: (ptr: Ptr) => region.owns(ptr),
          reset: () => region.reset(),
        });
      });
      const [first, second] = [take(pool), take(pool)];
      fire = () => {
        fire = undefined;
        pool.deallocate(first, layout);
        pool.deallocate(second, layout);
        if (throws) throw new Error("hook");
      };
      if (throws) expect(() => pool.allocate(Layout.of(90))).toThrow("hook");
      expect(pool.allocate(Layout.of(90))).not.toBe(NULL);
      pool.check();
    }
  });
});

test("a new member that serves a nested request, and then throws, stays with that block", () => {
  const parent = root();
  let inner: Ptr | Null = NULL;
  const pool: Can<"owns" | "check"> & { readonly members: readonly Allocator[] } = cascade((index) => {
    const list = freeList(64, { blocks: 2, parent });
    if (index !== 1) return list;
    let calls = 0;
    return Allocator.from({
      memory: list.memory,
      detects: list.detects,
      allocate: (asked) => {
        if (calls++ > 0) return list.allocate(asked);
        inner = pool.allocate(asked);
        throw new Error("hook");
      },
      deallocate: (ptr, asked) => list.deallocate(ptr, asked),
      usableSize: (asked) => list.usableSize(asked),
      owns: (ptr: Ptr) => list.owns(ptr),
      reset: () => list.reset(),
      sizeAt: (ptr: Ptr) => list.sizeAt(ptr),
      blocks: () => {},
    });
  });
  for (let block = 0; block < 2; block++) take(pool);
  expect(() => pool.allocate(layout)).toThrow("hook");
  expect([pool.members.length, pool.owns(inner as Ptr)]).toEqual([2, true]);
  pool.check();
});
