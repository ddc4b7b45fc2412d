import {
  chain,
  type Fallback,
  type Limit,
  type NullAllocator,
  nullAllocator,
  type Segregate,
} from "@alloc/combinators";
import type { Allocator, Can } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import { type SystemHeap, system } from "@alloc/global";
import { expectTypeOf } from "vitest";

declare const plain: Allocator;
declare const wrap: (inner: Can<"reset">) => SystemHeap;

// The type of a chain is that of the combinators written by hand.
const ordered = chain(freeList(64)).orElse(freeList(256)).orElse(system());
expectTypeOf(ordered.build()).toEqualTypeOf<Fallback<FreeList, Fallback<FreeList, SystemHeap>>>();
expectTypeOf(ordered.limit(9).build()).toEqualTypeOf<Limit<Fallback<FreeList, Fallback<FreeList, SystemHeap>>>>();

const routed = chain.upTo(64, freeList(64)).upTo(1024, freeList(1024)).otherwise(system());
expectTypeOf(routed.build()).toEqualTypeOf<Segregate<FreeList, Segregate<FreeList, SystemHeap>>>();
expectTypeOf(routed.orElse(nullAllocator()).build()).toEqualTypeOf<
  Fallback<Segregate<FreeList, Segregate<FreeList, SystemHeap>>, NullAllocator>
>();

// The capabilities follow.
expectTypeOf(ordered.build()).toHaveProperty("sizeAt");
expectTypeOf(routed.build()).toHaveProperty("owns");
expectTypeOf(routed.build()).not.toHaveProperty("sizeAt");
expectTypeOf(chain(freeList(64)).orElse(plain).build()).not.toHaveProperty("reset");
expectTypeOf(chain(plain).limit(9).build()).not.toHaveProperty("owns");

// pipe takes the allocator of the chain so far, and continues with the result.
expectTypeOf(ordered.pipe(wrap).build()).toEqualTypeOf<SystemHeap>();
// @ts-expect-error: the wrapper needs reset, which a chain with a plain member has not
chain(freeList(64)).orElse(plain).pipe(wrap);

// Allocators before another must support owns. messages.test.ts has the errors that users read.
// @ts-expect-error: 'orElse needs owns(ptr) on every allocator before it'
chain(plain).orElse(system());
// @ts-expect-error: the one in the middle
chain(freeList(64)).orElse(plain).orElse(system());
// @ts-expect-error: 'otherwise' is missing
chain.upTo(64, freeList(64)).build();
