/**
 * The owning handles, bound to the allocator of the realm. With another one named last they are those of `@alloc/owned`.
 *
 *     Box.new(f64, 1)          in Global
 *     Box.new(f64, 1, heap)    in heap
 *
 * An Arc is not bound: the memory of `Global` is not shared, unless a program registers an allocator whose memory is.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { Global } from "@alloc/global";
import * as owned from "@alloc/owned";

type InGlobal = [allocator?: Allocator];

/** A value in a block of its own. */
export type Box<T> = owned.Box<T>;
/** One of the owners of a value, in one thread. */
export type Rc<T> = owned.Rc<T>;
/** A buffer that grows. */
export type RawVec<T> = owned.RawVec<T>;
/** Elements side by side in a block that grows. */
export type Vec<T> = owned.Vec<T>;

/**
 * Makes Boxes, in `Global` unless another allocator is named.
 *
 * @example
 * ```ts
 * import { Box, f64 } from "@alloc/std";
 *
 * using half = Box.new(f64, 0.5);
 * half.get(); // => 0.5
 * ```
 */
export const Box: owned.BoxFactory<InGlobal> = /* @__PURE__ */ owned.Box.in(Global);
/** Makes Rcs, in `Global` unless another allocator is named. */
export const Rc: owned.RcFactory<InGlobal> = /* @__PURE__ */ owned.Rc.in(Global);
/** Makes RawVecs, in `Global` unless another allocator is named. */
export const RawVec: owned.RawVecFactory<InGlobal> = /* @__PURE__ */ owned.RawVec.in(Global);
/** Makes Vecs, in `Global` unless another allocator is named. */
export const Vec: owned.VecFactory<InGlobal> = /* @__PURE__ */ owned.Vec.in(Global);
