/**
 * What `bench chains` measures: one chain in four ways, chains that a process used before, and each kind of wrapper.
 *
 * @module
 */
import {
  affix,
  aligned,
  bucketize,
  cascade,
  fallback,
  freeTree,
  limit,
  nullAllocator,
  quantize,
  segregate,
} from "@alloc/combinators";
import { Handle, specialized } from "@alloc/combinators/specialize";
import { type Allocator, Layout, Memory, type Null, type Ptr, pages } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import { Fused, THRESHOLD } from "./fused.ts";

/** The callee: an allocator, a handle, or the hand-written class. */
export interface Called {
  allocate(layout: Layout): Ptr | Null;
  deallocate(ptr: Ptr, layout: Layout): void;
}

const MANY = 2 ** 40;
/** Small: beside a large memory JavaScriptCore is slow to make its first millions of objects. */
const memory = Memory.linear({ initial: 2 ** 22 });
const parent = pages(memory);
const list = (size: number): FreeList => freeList(size, { blocks: 2000, parent });
const heap = (): Allocator => system({ parent });

/** Observers in front, then a fallback, then by size: 4 deep. */
const chain = (): Allocator => stats(fallback(segregate([THRESHOLD, list(64)], list(256)), nullAllocator(memory)));

/** The chain in each way, and the leaf that serves it. */
export const WAYS: Readonly<Record<string, () => Called>> = {
  "bare list": () => list(256),
  "fused by hand": () => new Fused(list(64), list(256), nullAllocator(memory)),
  shared: chain,
  specialised: () => specialized(chain),
};

/** Chains of ten shapes, which every process uses before it measures. */
export const OTHERS: readonly (() => Allocator)[] = [
  () => fallback(list(64), heap()),
  () => segregate([64, list(64)], heap()),
  () => limit(heap(), MANY),
  () => stats(list(256)),
  () => fallback(list(64), fallback(list(256), tinyHeap({ parent }))),
  () => segregate([128, stats(list(128))], tinyHeap({ parent })),
  () => stats(limit(list(256), MANY)),
  () => fallback(limit(list(64), MANY), list(256)),
  () => segregate([32, tinyHeap({ parent })], fallback(list(256), heap())),
  () => stats(segregate([64, limit(list(64), MANY)], tinyHeap({ parent }))),
];

/** Chains of ten shapes with about the same cost, for a caller of many shapes. */
const ALIKE: readonly (() => Allocator)[] = [
  () => fallback(list(256), list(64)),
  () => segregate([64, list(64)], list(256)),
  () => fallback(list(256), nullAllocator(memory)),
  () => segregate([64, list(64)], list(256).byRef()),
  () => fallback(segregate([64, list(64)], list(256)), list(256)),
  () => segregate([64, fallback(list(64), list(64))], list(256)),
  () => segregate([64, list(64)], fallback(list(256), list(256))),
  () => fallback(fallback(list(256), list(256)), list(256)),
  () => segregate([64, list(64)], segregate([128, list(128)], list(256))),
  () => fallback(list(256), segregate([64, list(64)], list(256))),
];

/** The first of these chains, in each way a caller of many shapes may have them. */
export const CALLED: Readonly<Record<string, (shapes: number) => Called[]>> = {
  shared: (shapes) => ALIKE.slice(0, shapes).map((make) => make()),
  specialised: (shapes) => ALIKE.slice(0, shapes).map((make) => specialized(make)),
  "specialised, by a Handle": (shapes) => ALIKE.slice(0, shapes).map((make) => new Handle(specialized(make))),
};

/** The bases of the wrappers. */
export const BASES: Readonly<Record<string, () => Allocator & { owns(ptr: Ptr): boolean }>> = {
  "freeList(256)": () => list(256),
  "system()": () => system({ parent }),
};

/** Every combinator and observer around a base; the first row is the base itself. */
export const WRAPPERS: Readonly<Record<string, (base: () => ReturnType<(typeof BASES)[string]>) => Allocator>> = {
  bare: (base) => base(),
  fallback: (base) => fallback(base(), nullAllocator(memory)),
  segregate: (base) => segregate([32, base()], base()),
  bucketize: (base) => bucketize(() => base(), { from: 16, to: 64, step: 16 }),
  cascade: (base) => cascade(() => base()),
  limit: (base) => limit(base(), MANY),
  quantize: (base) => quantize(base(), 16),
  aligned: (base) => aligned(base(), 8),
  affix: (base) => affix(base(), { prefix: Layout.of(8) }),
  freeTree: (base) => freeTree(base()),
  stats: (base) => stats(base()),
  leaks: (base) => leaks(base(), { stackDepth: 0 }),
  proxy: (base) => proxy(base(), {}),
  guard: (base) => guard(base(), { stackDepth: 0 }),
};
