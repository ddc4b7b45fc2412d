/**
 * Layout: the size and alignment of a block. Every request and every release takes one.
 *
 *     Layout.struct({ tag: Layout.u8, value: Layout.f64, last: Layout.u16 })      size 24, align 8
 *     0   1               8                  16   18        24
 *     ├tag┤░░░ padding ░░░├────── value ─────┤last┤░ padding ┤
 *
 * Layouts are valid by construction, so allocators need not check them: the align is a power of two, and the size rounded up to
 * it is below 2 ** 32. Layouts are immutable by type only. Freezing was measured to triple the cost of an allocation, and
 * interning to gain nothing.
 *
 * @module
 */
import { alignUp, isAlignment } from "../base/align.ts";
import { ArgumentError, isLayout, LayoutError, requireLayout, shown } from "../base/errors.ts";
import type { Ptr } from "./ptr.ts";

/** A {@link Layout} with the offset of each field. */
export type StructLayout<F extends Record<string, Layout>> = Layout & {
  /** Offset of each field in bytes from the start of the struct. */
  readonly offsets: { readonly [Field in keyof F]: number };
};

const INTEGER_KEY = /^(0|[1-9]\d*)$/;

/** The size and alignment of a block. Immutable. */
export class Layout {
  /** Size in bytes, from 0. Rounded up to {@link align} it is below 2 ** 32. */
  readonly size: number;
  /** Alignment in bytes, a power of two from 1 to 2 ** 31. */
  readonly align: number;

  private constructor(size: number, align: number) {
    this.size = size;
    this.align = align;
  }

  /**
   * Makes a layout. O(1). For a single value, use {@link Layout.f32} and the like: their align is their size, whereas
   * `Layout.of(4)` has align 8.
   *
   * @param size - bytes, an integer from 0 to 2 ** 32 − align
   * @param align - bytes, a power of two from 1 to 2 ** 31. Default: 8
   * @throws {@link LayoutError} if either is out of bounds
   * @example
   * ```ts
   * import { Layout } from "@alloc/core";
   *
   * Layout.of(24, 16).toString(); // => "Layout(24, align 16)"
   * ```
   */
  static of(size: number, align?: number): Layout {
    // Engines have a budget of bytecode to inline into a loop: every byte here is taken from the code around it.
    if (align === undefined) align = 8;
    if ((size << 1) >>> 1 !== size || align <= 0 || (align & -align) !== align) check(size, align);
    // `>>> 0` turns −0 into 0, so that sizes stay small integers.
    return new Layout(size >>> 0, align);
  }

  /** 1 byte, align 1: an element of `Uint8Array`. */
  static get u8(): Layout {
    return new Layout(1, 1);
  }
  /** 1 byte, align 1: an element of `Int8Array`. */
  static get i8(): Layout {
    return new Layout(1, 1);
  }
  /** 2 bytes, align 2: an element of `Uint16Array`. */
  static get u16(): Layout {
    return new Layout(2, 2);
  }
  /** 2 bytes, align 2: an element of `Int16Array`. */
  static get i16(): Layout {
    return new Layout(2, 2);
  }
  /** 4 bytes, align 4: an element of `Uint32Array`. */
  static get u32(): Layout {
    return new Layout(4, 4);
  }
  /** 4 bytes, align 4: an element of `Int32Array`. */
  static get i32(): Layout {
    return new Layout(4, 4);
  }
  /** 4 bytes, align 4: an element of `Float32Array`. */
  static get f32(): Layout {
    return new Layout(4, 4);
  }
  /** 8 bytes, align 8: an element of `Float64Array`. */
  static get f64(): Layout {
    return new Layout(8, 8);
  }
  /** 8 bytes, align 8: an element of `BigUint64Array`. */
  static get u64(): Layout {
    return new Layout(8, 8);
  }
  /** 8 bytes, align 8: an element of `BigInt64Array`. */
  static get i64(): Layout {
    return new Layout(8, 8);
  }

  /**
   * Makes the layout of an array of `count` elements, each padded to its alignment. O(1).
   *
   * @param element - the layout of one element
   * @param count - an integer from 0; the padded size times `count` must stay below 2 ** 32
   * @throws {@link LayoutError} if `count` is out of bounds or the product is too large
   * @example
   * ```ts
   * import { Layout } from "@alloc/core";
   *
   * Layout.array(Layout.f32, 10).size; // => 40
   * Layout.array(Layout.of(12, 8), 10).size; // => 160
   * ```
   */
  static array(element: Layout, count: number): Layout {
    if (typeof element !== "object" || typeof element?.repeat !== "function") throw noElement(element);
    return element.repeat(count).layout;
  }

  /**
   * Makes the layout of a struct by C's rules: fields in order, each at the next multiple of its alignment, and the total
   * padded to the largest alignment. O(fields).
   *
   * @param fields - name and layout of each field; names must not be integers, because objects reorder those
   * @throws {@link LayoutError} if a name is an integer or the sum is too large
   * @example
   * ```ts
   * import { Layout } from "@alloc/core";
   *
   * const point = Layout.struct({ x: Layout.f32, y: Layout.f32, tag: Layout.u8 });
   * point.size; // => 12
   * point.offsets.y; // => 4
   * ```
   */
  static struct<F extends Record<string, Layout>>(fields: F): StructLayout<F> {
    if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
      throw new ArgumentError(
        `Layout.struct expects an object of layouts, got ${shown(fields)}: write { x: Layout.f32 }`,
      );
    }
    let whole = Layout.of(0, 1);
    const offsets: [string, number][] = [];
    for (const [name, field] of Object.entries(fields)) {
      if (INTEGER_KEY.test(name)) {
        throw new LayoutError("field", `a field name must not be an integer, got ${shown(name)}`);
      }
      if (!isLayout(field)) {
        throw new ArgumentError(
          `Layout.struct expects a Layout as ${shown(name)}, got ${shown(field)}: write { x: Layout.f32 }`,
        );
      }
      const { layout, offset } = whole.extend(field);
      offsets.push([name, offset]);
      whole = layout;
    }
    return Object.assign(whole.padToAlign(), { offsets: Object.fromEntries(offsets) }) as StructLayout<F>;
  }

  /**
   * The address of a block of size 0: aligned, not NULL, `2 ** 32 - align`. Up to align 64 KiB it lies in the last 64 KiB, which
   * no allocator hands out. Do not read or write there.
   */
  get dangling(): Ptr {
    return (2 ** 32 - this.align) as Ptr;
  }

  /**
   * Appends another layout, with the padding that its alignment needs before it and none after it. O(1).
   *
   * @returns the combined layout, and the offset of `next` in it in bytes
   * @throws {@link LayoutError} if the sum is too large
   */
  extend(next: Layout): { layout: Layout; offset: number } {
    requireLayout(next, "extend");
    const offset = alignUp(this.size, next.align);
    return { layout: Layout.of(offset + next.size, Math.max(this.align, next.align)), offset };
  }

  /**
   * Repeats this layout, each copy padded to its alignment. O(1).
   *
   * @param count - an integer from 0
   * @returns the layout of all copies, and the stride: the bytes from one copy to the next
   * @throws {@link LayoutError} if `count` is out of bounds or the product is too large
   */
  repeat(count: number): { layout: Layout; stride: number } {
    if (!Number.isInteger(count) || count < 0) {
      throw new LayoutError("count", `a count must be an integer from 0, got ${shown(count)}`);
    }
    const stride = alignUp(this.size, this.align);
    return { layout: Layout.of(stride * count, this.align), stride };
  }

  /**
   * Raises the alignment. A lower one changes nothing. O(1).
   *
   * @param align - bytes, a power of two from 1 to 2 ** 31
   * @throws {@link LayoutError} if `align` is out of bounds
   */
  alignTo(align: number): Layout {
    return Layout.of(this.size, Math.max(this.align, alignOf(align)));
  }

  /** Rounds the size up to the alignment. O(1). */
  padToAlign(): Layout {
    return Layout.of(alignUp(this.size, this.align), this.align);
  }

  /**
   * Returns the padding in bytes that must follow this layout to reach a multiple of `align`. O(1).
   *
   * @param align - bytes, a power of two from 1 to 2 ** 31
   * @throws {@link LayoutError} if `align` is out of bounds
   * @example
   * ```ts
   * import { Layout } from "@alloc/core";
   *
   * Layout.of(9, 1).paddingNeededFor(4); // => 3
   * ```
   */
  paddingNeededFor(align: number): number {
    return alignUp(this.size, alignOf(align)) - this.size;
  }

  /** Returns whether both layouts have the same size and alignment. False for anything but a layout. */
  equals(other: Layout): boolean {
    return this.size === other?.size && this.align === other.align;
  }

  /** Returns `"Layout(24, align 16)"`. */
  toString(): string {
    return `Layout(${this.size}, align ${this.align})`;
  }
}

/** Returns an align; throws unless it is one. */
function alignOf(align: number): number {
  check(0, align);
  return align;
}

function noElement(element: unknown): ArgumentError {
  const size = typeof element === "number" ? element : "size";
  return new ArgumentError(
    `Layout.array expects a Layout, got ${shown(element)}: write Layout.array(Layout.of(${size}), count)`,
  );
}

/** Throws if a size or align is out of bounds. */
function check(size: number, align: number): void {
  if (!isAlignment(align)) {
    throw new LayoutError("align", `an align must be a power of two from 1 to 2147483648, got ${shown(align)}`);
  }
  if (size >>> 0 !== size || size > 2 ** 32 - align) {
    throw new LayoutError(
      "size",
      `a size must be an integer from 0 to ${2 ** 32 - align} at align ${align}, got ${shown(size)}${isLayout(size) ? "; pass its size" : ""}`,
    );
  }
}
