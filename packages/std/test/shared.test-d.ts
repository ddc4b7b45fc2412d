/**
 * Which memories and allocators are known to be shared between threads.
 *
 * @module
 */
import {
  Allocator,
  Arc,
  affix,
  aligned,
  bucketize,
  cascade,
  chain,
  type Fallback,
  type FreeList,
  fallback,
  freeList,
  freeTree,
  fromMalloc,
  guard,
  leaks,
  limit,
  Memory,
  type NullAllocator,
  nullAllocator,
  type Pages,
  pages,
  proxy,
  quantize,
  type Scoped,
  type Shared,
  type SharedMemory,
  type Stats,
  type SystemHeap,
  scoped,
  segregate,
  stats,
  system,
  type TinyHeap,
  tinyHeap,
  u32,
} from "@alloc/std";
import { describe, expectTypeOf, test } from "vitest";

declare const flag: boolean;
declare const buffer: ArrayBufferLike;
const memory = Memory.linear({ shared: true });
const parent = pages(memory);
const none = { allocate: (): 0 => 0, deallocate() {} };
const malloc = { malloc: () => 0, free() {} };

describe("a memory is known to be shared", () => {
  test("if its options say so, or it lies over a SharedArrayBuffer", () => {
    expectTypeOf(memory).toEqualTypeOf<SharedMemory>();
    expectTypeOf(Memory.over(new SharedArrayBuffer(8))).toEqualTypeOf<SharedMemory>();
  });

  test("and otherwise not", () => {
    expectTypeOf(Memory.linear()).toEqualTypeOf<Memory>();
    expectTypeOf(Memory.linear({ maximum: 8 })).toEqualTypeOf<Memory>();
    expectTypeOf(Memory.linear({ shared: false })).toEqualTypeOf<Memory>();
    expectTypeOf(Memory.linear({ shared: flag })).toEqualTypeOf<Memory>();
    expectTypeOf(Memory.over(new ArrayBuffer(8))).toEqualTypeOf<Memory>();
    expectTypeOf(Memory.over(new WebAssembly.Memory({ initial: 1 }))).toEqualTypeOf<Memory>();
    expectTypeOf(Memory.over(buffer)).toEqualTypeOf<Memory>();
  });
});

describe("an allocator is known to be shared", () => {
  test("if its memory is", () => {
    expectTypeOf(pages(memory)).toEqualTypeOf<Shared<Pages>>();
    expectTypeOf(nullAllocator(memory)).toEqualTypeOf<Shared<NullAllocator>>();
    expectTypeOf(Allocator.from({ ...none, memory })).toExtend<Shared>();
    expectTypeOf(fromMalloc({ ...malloc, memory })).toEqualTypeOf<Shared>();
  });

  test("if its parent is", () => {
    expectTypeOf(system({ parent })).toEqualTypeOf<Shared<SystemHeap>>();
    expectTypeOf(system({ parent, checked: true })).toEqualTypeOf<Shared<SystemHeap>>();
    expectTypeOf(tinyHeap({ parent })).toEqualTypeOf<Shared<TinyHeap>>();
    expectTypeOf(freeList(64, { parent, blocks: 9 })).toEqualTypeOf<Shared<FreeList>>();
    expectTypeOf(scoped(1024, { parent })).toEqualTypeOf<Shared<Scoped>>();
    expectTypeOf(system({ parent: freeList(64, { parent }) })).toEqualTypeOf<Shared<SystemHeap>>();
  });

  test("and otherwise not", () => {
    expectTypeOf(pages()).toEqualTypeOf<Pages>();
    expectTypeOf(pages(Memory.linear())).toEqualTypeOf<Pages>();
    expectTypeOf(nullAllocator()).toEqualTypeOf<NullAllocator>();
    expectTypeOf(system()).toEqualTypeOf<SystemHeap>();
    expectTypeOf(system({ checked: true })).toEqualTypeOf<SystemHeap>();
    expectTypeOf(system({ parent: pages() })).toEqualTypeOf<SystemHeap>();
    expectTypeOf(system({ parent: flag ? pages() : parent })).toEqualTypeOf<SystemHeap>();
    expectTypeOf(tinyHeap()).toEqualTypeOf<TinyHeap>();
    expectTypeOf(freeList(64)).toEqualTypeOf<FreeList>();
    expectTypeOf(scoped(1024, { grow: true })).toEqualTypeOf<Scoped>();
  });

  test("if it is lent, or a scope of one that is", () => {
    expectTypeOf(parent.byRef()).toExtend<Shared>();
    const region = scoped(1024, { parent });
    expectTypeOf(region.frame()).toExtend<Shared<Scoped>>();
    region.scope((inner) => expectTypeOf(inner).toExtend<Shared<Scoped>>());
    guard(region).scope((inner) => expectTypeOf(inner).toExtend<Shared>());
  });

  test("if it wraps one that is", () => {
    const heap = system({ parent });
    const affixed = affix(heap, {});
    for (const wrapped of [
      aligned(heap, 64),
      quantize(heap, 64),
      limit(heap, 64),
      freeTree(heap),
      affixed,
      leaks(heap),
    ]) {
      expectTypeOf(wrapped).toExtend<Shared>();
    }
    expectTypeOf(stats(heap)).toExtend<Shared>();
    expectTypeOf(guard(heap)).toExtend<Shared>();
    expectTypeOf(proxy(heap, {})).toExtend<Shared>();
    expectTypeOf(limit(system(), 64)).not.toExtend<Shared>();
    expectTypeOf(stats(system())).not.toExtend<Shared>();
  });

  test("if one of its members is: they have one memory", () => {
    const pool = freeList(64, { parent });
    expectTypeOf(fallback(pool, system({ parent }))).toEqualTypeOf<Fallback<Shared<FreeList>, Shared<SystemHeap>>>();
    expectTypeOf(fallback(pool, system())).toExtend<Shared>();
    expectTypeOf(segregate([64, system()], [128, pool], system())).toExtend<Shared>();
    expectTypeOf(cascade(() => freeList(64, { parent }))).toExtend<Shared>();
    expectTypeOf(bucketize((size) => freeList(size, { parent }), { from: 8, to: 64, factor: 2 })).toExtend<Shared>();
    expectTypeOf(fallback(freeList(64), system())).not.toExtend<Shared>();
  });

  test("if it is a chain of those", () => {
    const heap = chain(freeList(64, { parent })).orElse(system({ parent })).pipe(stats).build();
    expectTypeOf(heap).toEqualTypeOf<Stats<Fallback<Shared<FreeList>, Shared<SystemHeap>>>>();
    expectTypeOf(Arc.new(u32, 7, heap)).toEqualTypeOf<Arc<number>>();
    // @ts-expect-error: the memory is not shared
    Arc.new(u32, 7, chain(freeList(64)).orElse(system()).build());
  });
});
