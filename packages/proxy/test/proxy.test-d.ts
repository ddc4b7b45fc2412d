import { type Fallback, fallback, nullAllocator } from "@alloc/combinators";
import type { Allocator, Can, Ptr } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import { type SystemHeap, system } from "@alloc/global";
import {
  type Counters,
  type Guarded,
  guard,
  type Leaks,
  leaks,
  type Proxied,
  type ProxyLogger,
  proxy,
  type Stats,
  stats,
} from "@alloc/proxy";
import { type Scoped, scoped } from "@alloc/scoped";
import { expectTypeOf } from "vitest";

declare const plain: Allocator;
declare const owner: Can<"owns">;
declare const all: Can<"owns" | "reset" | "resizeInPlace" | "defer" | "sizeAt" | "check" | "trim">;

// The capabilities of the inner allocator, no more and no fewer.
expectTypeOf(proxy(freeList(64), {})).toEqualTypeOf<Proxied<FreeList>>();
expectTypeOf(proxy(freeList(64), {}).inner).toEqualTypeOf<FreeList>();
expectTypeOf(proxy(plain, {})).not.toHaveProperty("owns");
expectTypeOf(proxy(owner, {}).owns).toEqualTypeOf<(ptr: Ptr) => boolean>();
expectTypeOf(proxy(owner, {})).not.toHaveProperty("reset");
expectTypeOf(proxy(all, {})).toExtend<typeof all>();
expectTypeOf(stats(owner)).toHaveProperty("owns");
expectTypeOf(stats(owner)).not.toHaveProperty("trim");
expectTypeOf(stats(all)).toExtend<typeof all>();

// In the crate of 2015 a proxy did not support owns, so it could not stand in a fallback.
const heap = fallback(proxy(freeList(64), {}), system());
expectTypeOf(heap).toEqualTypeOf<Fallback<Proxied<FreeList>, SystemHeap>>();
expectTypeOf(heap).toHaveProperty("owns");
expectTypeOf(heap).toHaveProperty("trim");
expectTypeOf(fallback(stats(owner), nullAllocator()).primary.inner).toEqualTypeOf<Can<"owns">>();
// @ts-expect-error: Property 'owns' is missing
fallback(proxy(plain, {}), system());

const counted = stats(fallback(freeList(64), system()));
expectTypeOf(counted).toEqualTypeOf<Stats<Fallback<FreeList, SystemHeap>>>();
expectTypeOf(counted.inner.primary).toEqualTypeOf<FreeList>();
expectTypeOf(counted.counters).toEqualTypeOf<Counters>();
expectTypeOf(counted.toJSON()).toEqualTypeOf<Counters>();
// @ts-expect-error: Cannot assign to 'numLive' because it is a read-only property
counted.counters.numLive = 0;

// A logger implements any subset of the hooks; a misspelled hook does not compile.
expectTypeOf<{ allocateFail(): void }>().toExtend<ProxyLogger>();
// @ts-expect-error: 'allocateSucess' does not exist in type 'ProxyLogger'
proxy(plain, { allocateSucess() {} });

// Leaks has the capabilities of the inner allocator; a guard knows every size, and can always be checked.
expectTypeOf(leaks(freeList(64))).toEqualTypeOf<Leaks<FreeList>>();
expectTypeOf(leaks(all)).toExtend<typeof all>();
expectTypeOf(leaks(plain)).not.toHaveProperty("check");
expectTypeOf(guard(plain)).toExtend<Can<"sizeAt" | "check">>();
expectTypeOf(guard(plain)).not.toHaveProperty("owns");
expectTypeOf(guard(all)).toExtend<typeof all>();
expectTypeOf(fallback(guard(freeList(64)), leaks(system())).primary.inner).toEqualTypeOf<FreeList>();

// The scopes of a guarded region are guarded; other allocators have none.
const region = guard(scoped(100));
expectTypeOf(region).toEqualTypeOf<Guarded<Scoped>>();
expectTypeOf(region.frame()).toEqualTypeOf<Guarded<Scoped>>();
expectTypeOf(region.scope((inner) => inner.frame().bytesLive)).toEqualTypeOf<number>();
expectTypeOf(guard(freeList(64))).not.toHaveProperty("frame");
leaks.check(leaks(plain), leaks(system()));
// @ts-expect-error: a guard does not know what leaks
leaks.check(guard(system()));
