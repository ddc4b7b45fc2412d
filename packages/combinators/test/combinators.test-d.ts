import {
  type Affix,
  affix,
  aligned,
  type Bucketize,
  bucketize,
  budget,
  type Cascade,
  cascade,
  chain,
  freeTree,
  limit,
  quantize,
} from "@alloc/combinators";
import { type Allocator, type Can, Layout, type Ptr, type StructLayout } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import { expectTypeOf } from "vitest";

declare const plain: Allocator;
declare const owner: Can<"owns">;

// A wrapper of one child supports the capabilities of the child.
expectTypeOf(aligned(system(), 64)).toHaveProperty("sizeAt");
expectTypeOf(aligned(plain, 64)).not.toHaveProperty("owns");
expectTypeOf(quantize(system(), 64)).toHaveProperty("sizeAt");
expectTypeOf(quantize(plain, 64)).toHaveProperty("resizeInPlace");
expectTypeOf(quantize(plain, (size) => size)).not.toHaveProperty("owns");
expectTypeOf(limit(scoped(64), { count: 1, budget: budget({ bytes: 9 }) })).toHaveProperty("defer");

// An affix finds the child's block by a layout only: no sizeAt.
const prefix = Layout.struct({ owners: Layout.of(4, 4) });
const counted = affix(system(), { prefix });
expectTypeOf(counted).toExtend<Affix<ReturnType<typeof system>, StructLayout<{ owners: Layout }>>>();
expectTypeOf(counted.prefix.offsets.owners).toEqualTypeOf<number>();
expectTypeOf(counted.suffix).toEqualTypeOf<Layout>();
expectTypeOf(counted.prefixAt).toEqualTypeOf<(ptr: Ptr) => Ptr>();
expectTypeOf(counted).toHaveProperty("trim");
expectTypeOf(counted).not.toHaveProperty("sizeAt");
expectTypeOf(affix(plain, {})).not.toHaveProperty("resizeInPlace");

// Buckets of one kind together support what each does, except sizeAt.
const pools = bucketize((size) => freeList(size), { from: 16, to: 64, step: 16 });
expectTypeOf(pools).toEqualTypeOf<Bucketize<FreeList>>();
expectTypeOf(pools.buckets).toEqualTypeOf<readonly FreeList[]>();
expectTypeOf(pools).toHaveProperty("reset");
expectTypeOf(pools).not.toHaveProperty("sizeAt");
expectTypeOf(bucketize(() => plain, { from: 1, to: 9, factor: 2 })).not.toHaveProperty("owns");
// @ts-expect-error: neither a step nor a factor
bucketize(() => plain, { from: 1, to: 9 });

// The first child must support owns.
expectTypeOf(cascade(() => freeList(64))).toEqualTypeOf<Cascade<FreeList>>();
expectTypeOf(cascade((index) => (index < 9 ? freeList(64) : undefined)).members).toEqualTypeOf<readonly FreeList[]>();
expectTypeOf(cascade(() => system())).toHaveProperty("sizeAt");
expectTypeOf(cascade(() => owner)).toHaveProperty("trim");
expectTypeOf(cascade(() => owner)).not.toHaveProperty("reset");
expectTypeOf(cascade(() => scoped(64))).not.toHaveProperty("defer");
// @ts-expect-error: Property 'owns' is missing
cascade(() => plain);

// A free tree owns, resizes in place and trims over anything.
expectTypeOf(freeTree(plain)).toHaveProperty("owns");
expectTypeOf(freeTree(plain)).toHaveProperty("resizeInPlace");
expectTypeOf(freeTree(plain)).not.toHaveProperty("reset");
expectTypeOf(freeTree(scoped(64))).toHaveProperty("defer");
expectTypeOf(freeTree(system())).not.toHaveProperty("sizeAt");

// All of them can be used in a chain.
const tuned = chain(cascade(() => freeList(64)))
  .orElse(freeTree(scoped(1024)))
  .pipe(limit, { count: 99 })
  .pipe(affix, { prefix })
  .build();
expectTypeOf(tuned.prefixAt).toEqualTypeOf<(ptr: Ptr) => Ptr>();
expectTypeOf(tuned).toHaveProperty("owns");
