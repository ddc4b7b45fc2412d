import { bucketize, cascade, fallback, limit, nullAllocator, quantize, segregate } from "@alloc/combinators";
import { Allocator, type Can, Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";

const memory = Memory.linear({ maximum: 2 ** 22 });
const parent = pages(memory);
const list = (of: Allocator = parent) => freeList(64, { blocks: 1, parent: of });
const elsewhere = () => system({ parent: pages(Memory.linear({ maximum: 2 ** 20 })) });

/** An allocator without any capability. */
const plain = (): Allocator => Allocator.from({ memory, allocate: () => NULL, deallocate: () => {} });

/** A heap, and a list whose chunk lies in it. */
function nested() {
  const heap = system({ parent });
  return { heap, inside: list(heap) };
}

const CLASSES = { from: 16, to: 32, step: 16 };

/** Allocates more blocks than the first member has. */
function fill(pool: Allocator): void {
  for (let block = 0; block < 4; block++) pool.allocate(Layout.of(64));
}

describe("the message of an error", () => {
  const said: [message: string, call: () => unknown][] = [
    [
      "fallback(primary, secondary) expects a primary that supports owns(ptr), got custom, which does not: put it last, or give it an owns(ptr) where it is made",
      () => fallback(plain() as Can<"owns">, list()),
    ],
    [
      "fallback expects allocators of one memory, got some of several: make them over one parent, as in freeList(64, { parent })",
      () => fallback(list(), elsewhere()),
    ],
    [
      "segregate expects allocators of one memory, got some of several: make them over one parent, as in freeList(64, { parent })",
      () => segregate([64, list()], elsewhere()),
    ],
    [
      "fallback asks its members in turn whether they own a block, but one takes its chunks from a member before it, which would claim its blocks; swap the two",
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
        segregate([64, inside], heap);
      },
    ],
    ["a threshold must be an integer from 1 to 4294967295 bytes, got 0", () => segregate([0, list()], list())],
    [
      "a threshold must be an integer from 65 to 4294967295 bytes, got 64; thresholds must rise, and the one before is 64",
      () => segregate([64, list()], [64, list()], list()),
    ],
    ["a limit must be an integer of at least 0 bytes or Infinity, got -1", () => limit(list(), -1)],
    ["a limit must be an integer of at least 0 blocks or Infinity, got -1", () => limit(list(), { count: -1 })],
    [
      "cascade asks its members which one owns a block, but two of them are the same heap or lie in each other; make a new one each time, over a parent that is not a member",
      () => {
        const shared = list();
        fill(cascade(() => fallback(list(), shared.byRef())));
      },
    ],
    [
      "cascade(make) expects an allocator as make(0), got undefined: write cascade((index) => freeList(64))",
      () => cascade(() => undefined as unknown as Can<"owns">),
    ],
    [
      "cascade(make) expects an allocator that supports owns(ptr), got custom, which does not: use freeList, system or scoped, or give it an owns(ptr)",
      () => cascade(() => plain() as Can<"owns">),
    ],
    [
      "cascade expects allocators of one memory, got some of several: make them over one parent, as in freeList(64, { parent })",
      () => fill(cascade((index) => (index === 0 ? list() : elsewhere()))),
    ],
    [
      "cascade(make) expects members with the capabilities of the first, got scoped, which does not support sizeAt: return one kind",
      () => fill(cascade<Can<"owns">>((index) => (index === 0 ? list() : scoped(64, { parent })))),
    ],
    ["8192 does not lie in a member of the cascade", () => cascade(() => list()).deallocate(8192 as Ptr, Layout.of(8))],
    [
      "bucketize(make, …) expects make(32) to return an allocator that serves 32 bytes, got nullAllocator, which never does: write bucketize((size) => freeList(size), …)",
      () => bucketize((size) => (size === 32 ? nullAllocator(memory) : list()), CLASSES),
    ],
    [
      "bucketize expects allocators of one memory, got some of several: make them over one parent, as in freeList(64, { parent })",
      () => bucketize((size) => (size === 32 ? elsewhere() : list()), CLASSES),
    ],
    [
      "a child of bucketize takes its chunks from another one, and a reset of both would take them away; lend the parent with byRef()",
      () => {
        const { heap, inside } = nested();
        bucketize<Can<"reset">>((size) => (size === 32 ? heap : inside), CLASSES);
      },
    ],
    [
      "65536 was given to buckets for up to 32 bytes with Layout(33, align 8), which no bucket serves",
      () => bucketize(() => list(), CLASSES).deallocate(65536 as Ptr, Layout.of(33)),
    ],
    ["a step must be an integer of at least 1 byte, got 0", () => quantize(list(), 0)],
    [
      "65536 was given to nullAllocator, which never hands out a block",
      () => nullAllocator(memory).deallocate(65536 as Ptr, Layout.of(8)),
    ],
  ];

  test.each(said)("%s", (message, call) => {
    expect(call).toThrow(expect.objectContaining({ message }));
  });
});
