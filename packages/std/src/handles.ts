/**
 * The owning handles bound to `Global`. With another allocator as last argument they are those of `@alloc/owned`.
 *
 *     Box.new(f64, 1)          in Global
 *     Box.new(f64, 1, heap)    in heap
 *
 * Arc is not bound: the memory of `Global` is not shared, unless a program registers an allocator over shared memory.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { Global } from "@alloc/global";
import * as owned from "@alloc/owned";

type InGlobal = [allocator?: Allocator];

/** A value in its own block: see `@alloc/owned`. */
export type Box<T> = owned.Box<T>;
/** One of the owners of a value, in one thread. */
export type Rc<T> = owned.Rc<T>;
/** Rows of a struct, stored by columns. */
export type Columns<T> = owned.Columns<T>;
/** A growing buffer. */
export type RawVec<T> = owned.RawVec<T>;
/** Elements side by side in a growing block. */
export type Vec<T> = owned.Vec<T>;

/**
 * Makes Boxes, in `Global` by default.
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
/** Makes Columns, in `Global` by default. */
export const Columns: owned.ColumnsFactory<InGlobal> = /* @__PURE__ */ owned.Columns.in(Global);
/** Makes Rcs, in `Global` by default. */
export const Rc: owned.RcFactory<InGlobal> = /* @__PURE__ */ owned.Rc.in(Global);
/** Makes RawVecs, in `Global` by default. */
export const RawVec: owned.RawVecFactory<InGlobal> = /* @__PURE__ */ owned.RawVec.in(Global);
/** Makes Vecs, in `Global` by default. */
export const Vec: owned.VecFactory<InGlobal> = /* @__PURE__ */ owned.Vec.in(Global);
