/**
 * Under `isolatedDeclarations` every export needs a type annotation, so each type must have a name.
 */
import { type Fallback, fallback } from "@alloc/combinators";
import { type Disposable, Layout, type Null, type Ptr } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import { type SystemHeap, system } from "@alloc/global";
import { Box, f64, type Vec } from "@alloc/owned";
import { type Stats, stats } from "@alloc/proxy";
import { type Scoped, scoped } from "@alloc/scoped";

export const heap: SystemHeap = system();
export const region: Scoped = scoped(1024);
export const both: Stats<Fallback<FreeList, SystemHeap>> = stats(fallback(freeList(64), system()));
export const half: Box<number> = Box.new(f64, 0.5, heap);
export type Numbers = Vec<number>;
export const ends: readonly Disposable[] = [heap, region, half];
export function small(): Ptr | Null {
  return heap.allocate(Layout.of(8));
}
