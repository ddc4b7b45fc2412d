import {
  type Aligned,
  aligned,
  chain,
  type Fallback,
  type Limit,
  limit,
  type NullAllocator,
  nullAllocator,
  type Segregate,
  segregate,
} from "@alloc/combinators";
import type { Allocator, Can } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import { type SystemHeap, system } from "@alloc/global";
import { guard, type Leaks, leaks, type Stats, stats } from "@alloc/proxy";
import { expectTypeOf } from "vitest";

declare const plain: Allocator;
declare const wrap: (inner: Can<"reset">) => SystemHeap;

// The type of a chain is that of the combinators written by hand.
const ordered = chain(freeList(64)).orElse(freeList(256)).orElse(system());
expectTypeOf(ordered.build()).toEqualTypeOf<Fallback<FreeList, Fallback<FreeList, SystemHeap>>>();
expectTypeOf(ordered.pipe(limit, 9).build()).toEqualTypeOf<Limit<Fallback<FreeList, Fallback<FreeList, SystemHeap>>>>();

const routed = chain(segregate([64, freeList(64)], [1024, freeList(1024)], system()));
expectTypeOf(routed.build()).toEqualTypeOf<Segregate<FreeList, Segregate<FreeList, SystemHeap>>>();
expectTypeOf(routed.orElse(nullAllocator()).build()).toEqualTypeOf<
  Fallback<Segregate<FreeList, Segregate<FreeList, SystemHeap>>, NullAllocator>
>();

// The capabilities follow.
expectTypeOf(ordered.build()).toHaveProperty("sizeAt");
expectTypeOf(routed.build()).toHaveProperty("owns");
expectTypeOf(routed.build()).not.toHaveProperty("sizeAt");
expectTypeOf(chain(freeList(64)).orElse(plain).build()).not.toHaveProperty("reset");
expectTypeOf(chain(plain).pipe(limit, 9).build()).not.toHaveProperty("owns");

// pipe takes the allocator of the chain so far, and continues with the result.
expectTypeOf(ordered.pipe(wrap).build()).toEqualTypeOf<SystemHeap>();
// @ts-expect-error: the wrapper needs reset, which a chain with a plain member lacks
chain(freeList(64)).orElse(plain).pipe(wrap);

// Allocators before another must support owns. docs/messages.md has the errors that users read.
// @ts-expect-error: 'orElse needs owns(ptr) on every allocator before it'
chain(plain).orElse(system());
// @ts-expect-error: the one in the middle
chain(freeList(64)).orElse(plain).orElse(system());
// Routes are pairs, and the last allocator is for the rest.
// @ts-expect-error: the last one is missing
segregate([64, freeList(64)]);
// @ts-expect-error: Argument of type 'number' is not assignable to parameter of type 'Route<Allocator>'
segregate(64, freeList(64), system());

// The other arguments of a wrapper follow it, and are checked one by one.
expectTypeOf(ordered.pipe(aligned, 64).pipe(stats).pipe(leaks, { stackDepth: 0 }).build()).toEqualTypeOf<
  Leaks<Stats<Aligned<Fallback<FreeList, Fallback<FreeList, SystemHeap>>>>>
>();
expectTypeOf(ordered.pipe(guard).build().inner).toEqualTypeOf(ordered.build());
// @ts-expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
ordered.pipe(aligned, "64");
// @ts-expect-error: Expected 2 arguments, but got 1
ordered.pipe(aligned);
// @ts-expect-error: 'cuont' does not exist in type 'LimitOptions'
ordered.pipe(limit, { cuont: 9 });
