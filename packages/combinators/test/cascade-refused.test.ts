/** A parent that refuses to take chunks back when a cascade gives members up: they are given back later. */
import { cascade, limit } from "@alloc/combinators";
import { Allocator, type Can, Layout, Memory, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const layout = Layout.of(64);
const MEMBERS: Record<string, (parent: Allocator) => Can<"owns">> = {
  freeList: (parent) => freeList(64, { blocks: 4, parent }),
  scoped: (parent) => scoped(256, { parent }),
  "scoped that grows": (parent) => limit(scoped(64, { parent, grow: true }), 256),
  tinyHeap: (parent) => limit(tinyHeap({ parent }), 256),
  "checked system": (parent) => limit(system({ parent, checked: true }), 256),
};

/** A parent that refuses releases while it is told to. */
function refusing() {
  const root = pages(Memory.linear({ maximum: 2 ** 22 }));
  const refusal = { error: undefined as unknown };
  const parent = Allocator.from({
    memory: root.memory,
    parent: root,
    allocate: (asked) => root.allocate(asked),
    deallocate: (ptr, asked) => {
      if (refusal.error !== undefined) throw refusal.error;
      root.deallocate(ptr, asked);
    },
    owns: (ptr: Ptr) => root.owns(ptr),
  });
  return { root, parent, refusal, held: () => root.footprint().held };
}

describe.each(Object.entries(MEMBERS))("a chunk of a cascade's member, a %s, that its parent refused", (_, make) => {
  /** A cascade whose blocks were released while the parent refused. */
  function refused() {
    const made = refusing();
    const pool = cascade(() => make(made.parent));
    const first = orThrow(pool.allocate(layout), layout);
    const least = made.held();
    const ptrs = Array.from({ length: 23 }, () => orThrow(pool.allocate(layout), layout));
    made.refusal.error = new Error("not now");
    for (const ptr of [...ptrs, first]) pool.deallocate(ptr, layout);
    expect(() => pool.trim()).toThrow();
    return { ...made, pool, least };
  }

  test("is given back by the next successful trim", () => {
    const { pool, refusal, held, least } = refused();
    expect(() => pool.trim()).toThrow();
    refusal.error = undefined;
    pool.trim();
    pool.check();
    expect([pool.members.length, held() <= least]).toEqual([1, true]);
    pool.dispose();
    expect(held()).toBe(0);
  });

  test("is given back by dispose", () => {
    const { pool, refusal, held } = refused();
    refusal.error = undefined;
    pool.dispose();
    expect(held()).toBe(0);
  });
});

test("a chunk that has ended with its parent's reset is not given back again", () => {
  const heap = tinyHeap({ parent: pages(Memory.linear({ maximum: 2 ** 22 })) });
  let refuses = false;
  const release = heap.deallocate.bind(heap);
  heap.deallocate = (ptr, asked) => {
    if (refuses) throw new Error("not now");
    release(ptr, asked);
  };
  const first = freeList(64, { blocks: 1, parent: pages(heap.memory) });
  const pool = cascade((index) => (index === 0 ? first : freeList(64, { blocks: 1, parent: heap })));
  const ptrs = Array.from({ length: 2 }, () => orThrow(pool.allocate(layout), layout));
  refuses = true;
  for (const ptr of ptrs) pool.deallocate(ptr, layout);
  refuses = false;
  heap.reset();
  const mine = orThrow(heap.allocate(layout), layout);
  // The error that the release could not report.
  expect(() => pool.trim()).toThrow("not now");
  expect(codeThrown(() => pool.trim())).toBe("nothing was thrown");
  expect(heap.sizeAt(mine)).toBe(64);
});
