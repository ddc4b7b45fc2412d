import { cascade, chain, fallback, limit, nullAllocator, segregate } from "@alloc/combinators";
import { type Allocator, type Can, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { describe, expect, test } from "vitest";

const memory = Memory.linear({ maximum: 2 ** 22 });
const parent = pages(memory);
const list = (of: Allocator = parent) => freeList(64, { blocks: 1, parent: of });
const elsewhere = () => system({ parent: pages(Memory.linear({ maximum: 2 ** 20 })) });

/** A heap, and a list whose chunk lies in it. */
function nested() {
  const heap = system({ parent });
  return { heap, inside: list(heap) };
}

describe("what an error says", () => {
  const said: [message: string, call: () => unknown][] = [
    [
      "fallback asks its first child which blocks are its own, and this one has no owns(ptr)",
      () => fallback({ ...list() } as unknown as Can<"owns">, list()),
    ],
    ["fallback needs children that work in one memory, and these work in several", () => fallback(list(), elsewhere())],
    [
      "segregate needs children that work in one memory, and these work in several",
      () => segregate(64, list(), elsewhere()),
    ],
    [
      "fallback asks its first child who owns a block, but the second takes its chunks from the first, which would claim them; swap the two",
      () => {
        const { heap, inside } = nested();
        fallback(heap, inside);
      },
    ],
    [
      "a child of fallback takes its chunks from another one, and a reset of both would take them away; lend the parent with byRef()",
      () => {
        const { heap, inside } = nested();
        fallback(inside, heap);
      },
    ],
    [
      "a child of segregate takes its chunks from another one, and a reset of both would take them away; lend the parent with byRef()",
      () => {
        const { heap, inside } = nested();
        segregate(64, inside, heap);
      },
    ],
    ["a threshold must be an integer from 1 to 4294967295 bytes, came 0", () => segregate(0, list(), list())],
    [
      "a threshold must be an integer from 65 to 4294967295 bytes, came 64",
      () => chain.upTo(64, list()).upTo(64, list()),
    ],
    ["a limit must be an integer from 0 bytes on, came -1", () => limit(list(), -1)],
    ["a limit must be an integer from 0 blocks on, came -1", () => limit(list(), { count: -1 })],
    [
      "cascade asks its members who owns a block, but two of them are the same heap or lie in each other; make a new one each time, of a parent that is no member",
      () => {
        const shared = list();
        const pool = cascade(() => fallback(list(), shared.byRef()));
        while (pool.allocate(Layout.of(64)) !== 0);
      },
    ],
    [
      "65536 was given to nullAllocator, which never hands out a block",
      () => nullAllocator(memory).deallocate(65536 as Ptr, Layout.of(8)),
    ],
  ];

  test.each(said)("%s", (message, call) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
