/**
 * A chain of each combinator, over a parent, with all kinds that attach them.
 *
 * @module
 */
import {
  affix,
  aligned,
  bucketize,
  budget,
  cascade,
  cascadeKind,
  combinatorKinds,
  fallback,
  freeTree,
  limit,
  nullAllocator,
  quantize,
  quantizeKind,
  segregate,
} from "@alloc/combinators";
import { type Allocator, Layout, Memory, type Pages, pages } from "@alloc/core";
import { freeList, freeListKind } from "@alloc/freelist";

/** A pool of some blocks. */
export const pool = (size: number, blocks: number, parent: Allocator) => freeList(size, { blocks, parent });
export const double = (size: number) => 2 ** Math.ceil(Math.log2(size));
/** A member of a cascade. */
export const member = (index: number, parent: Allocator) => pool(2048, 1 + (index % 2), parent);
export const KINDS = [...combinatorKinds, quantizeKind(double), cascadeKind(member), freeListKind];

export const CHAINS: Record<string, (parent: Allocator) => Allocator> = {
  "nullAllocator(memory)": ({ memory }) => nullAllocator(memory),
  "fallback(primary, secondary)": (parent) => fallback(pool(64, 8, parent), freeTree(parent.byRef())),
  "segregate([64, small], [500, medium], large)": (parent) =>
    segregate([64, pool(64, 8, parent)], [500, pool(500, 8, parent)], parent.byRef()),
  "limit(…, bytes)": (parent) => limit(parent.byRef(), 200_000),
  "limit(…, { count })": (parent) => limit(parent.byRef(), { count: 5 }),
  "limit(…, {})": (parent) => limit(parent.byRef(), {}),
  "limit(…, { budget })": (parent) =>
    limit(parent.byRef(), { bytes: 300_000, budget: budget({ count: 7, memory: parent.memory }) }),
  "bucketize(make, { step })": (parent) => bucketize((size) => pool(size, 4, parent), { from: 16, to: 64, step: 16 }),
  "quantize(…, step)": (parent) => quantize(parent.byRef(), 48),
  "quantize(…, round)": (parent) => quantize(parent.byRef(), double),
  "aligned(…, 64)": (parent) => aligned(parent.byRef(), 64),
  "affix(…, { prefix, suffix })": (parent) =>
    affix(parent.byRef(), { prefix: Layout.struct({ tag: Layout.u8, owners: Layout.u32 }), suffix: Layout.of(3, 2) }),
  "affix(…, {})": (parent) => affix(parent.byRef(), {}),
  "cascade(make)": (parent) => cascade((index) => member(index, parent)),
  "cascade(make, { most, kinds })": (parent) =>
    cascade((index) => member(index, parent), { most: 4, kinds: [freeListKind] }),
  "freeTree(…)": (parent) => freeTree(parent.byRef()),
};

/** The root of a memory that is not shared. */
export const root = (): Pages => pages(Memory.over(new ArrayBuffer(2 ** 20)));
