/**
 * Array: so many values of one type, side by side.
 *
 *     array(type, 3)     │ 0 │ 1 │ 2 │        each padded to its align
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { attempt, OwnedError, rethrow, shown } from "./errors.ts";
import { eachOf } from "./rows.ts";
import { checkedSet, fieldOf, type Items, requireType, type Type, type View } from "./type.ts";
import type { Accessor, Window } from "./window.ts";

/** Throws unless there is an element of that number. */
export function requireIndex(index: number, length: number): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  const range = length === 0 ? "there are no elements" : `an index from 0 to ${length - 1} was expected`;
  throw new OwnedError("index", `${range}, came ${shown(index)}`);
}

class ArrayItems<E> implements Accessor, Items<E> {
  readonly "@alloc/window": Window;
  readonly "@alloc/at": number;
  readonly type: Type<E>;
  readonly length: number;

  constructor(type: Type<E>, length: number, window: Window, at: number) {
    this["@alloc/window"] = window;
    this["@alloc/at"] = at;
    this.type = type;
    this.length = length;
  }

  at(index: number): View<E> {
    return this.type.get(this["@alloc/window"], this.addressOf(index));
  }

  set(index: number, value: E): void {
    this.type.set(this["@alloc/window"], this.addressOf(index), value);
  }

  *[Symbol.iterator](): Iterator<View<E>> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  addressOf(index: number): number {
    requireIndex(index, this.length);
    return this["@alloc/at"] + index * this.type.layout.size;
  }
}

/**
 * Makes the type of an array. Its values are arrays of `length` elements; what lies in memory is shown as {@link Items}.
 *
 * Cost: an element that has parts is shown by an object of its own.
 *
 * @param length - an integer from 0
 * @throws `LayoutError` if `length` cannot be or the product is too large; {@link OwnedError} `type` if `type` is none
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { array, Box, f32 } from "@alloc/owned";
 *
 * using box = Box.new(array(f32, 3), [1, 2, 3], pages());
 * box.value.set(0, box.value.at(2) * 2);
 * box.get(); // => [6, 2, 3]
 * ```
 */
export function array<E>(type: Type<E>, length: number): Type<E[]> {
  requireType(type, "array");
  const layout = Layout.array(type.layout, length);
  const { size } = type.layout;
  const { read, write, drop } = type;
  const whole: Type<E[]> = {
    "@alloc/Type": `array(${type["@alloc/Type"]}, ${length})`,
    layout,
    fault(value) {
      const isList = Array.isArray(value) || ArrayBuffer.isView(value) || isShown(value);
      if (!isList || (value as E[]).length !== length) {
        return `: an array of ${length} elements was expected, came ${shown(value)}`;
      }
      const elements = elementsOf(value as E[]);
      for (let index = 0; index < length; index++) {
        const fault = type.fault(elements[index]);
        if (fault !== undefined) return `[${index}]${fault}`;
      }
      return undefined;
    },
    plain: (value) => elementsOf(value).map((element) => type.plain(element)),
    get: (window, at) => new ArrayItems(type, length, window, at) as unknown as View<E[]>,
    read: (window, at, clone) => Array.from({ length }, (_, index) => read(window, at + index * size, clone)),
    write(window, at, value) {
      elementsOf(value).forEach((element, index) => {
        write(window, at + index * size, element);
      });
    },
    set: checkedSet(() => whole),
    drop:
      drop &&
      ((window, at) => {
        const errors: unknown[] = [];
        for (let index = 0; index < length; index++) attempt(() => drop(window, at + index * size), errors);
        rethrow(errors, "an array");
      }),
    hasParts: true,
    field: (offset) => fieldOf<E[]>(whole, offset),
    each: (rows) => eachOf(whole, rows),
  };
  return whole;
}

function isShown(value: unknown): boolean {
  return typeof value === "object" && value !== null && "@alloc/at" in value;
}

/** Answers the elements of a list, of a typed array, or of what an array shows. */
function elementsOf<E>(value: readonly E[]): readonly E[] {
  return Array.isArray(value) ? value : Array.from(value);
}
