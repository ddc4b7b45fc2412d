/**
 * Numbers: the check of a layout by its two numbers. `allocate(layout)` and its like read them once and pass them on; where such a
 * call is inlined, and nothing else sees the layout, engines make no object for it.
 *
 * @module
 */
import { requireLayout } from "@alloc/core/author";

/** Throws an `ArgumentError` unless these are the size and the align of a layout. */
export function requireNumbers(size: number, align: number, call: string): void {
  const isAlign = align !== 0 && (align & -align) >>> 0 === align;
  if (!isAlign || size >>> 0 !== size || size > 2 ** 32 - align) requireLayout({ size, align }, call);
}
