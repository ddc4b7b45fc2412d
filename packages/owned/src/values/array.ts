/**
 * Array: `length` values of one type, side by side.
 *
 *     array(type, 3)     │ 0 │ 1 │ 2 │        each padded to its align
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { attempt, rethrow, shown } from "@alloc/core/author";
import { clipped } from "../errors.ts";
import { isView, noteCopy, refuseAlias } from "./alias.ts";
import { ArrayItems } from "./array-items.ts";
import { discard } from "./grave.ts";
import { OTHER } from "./kinds.ts";
import { fieldOf, setOf } from "./place.ts";
import { eachOf } from "./rows.ts";
import { Misfit, requireType, type Type, taken, takePart, typeOf, type View } from "./type.ts";

/**
 * Makes an array type. Its values are arrays of `length` elements; in memory they are shown as {@link Items}.
 *
 * Cost: one object per view of an element that is a struct or an array.
 *
 * @param type - type of the elements
 * @param length - number of elements, an integer from 0
 * @returns the type
 * @throws `LayoutError` if `length` is invalid or the array too large; {@link OwnedError} `type` if `type` is not a type
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
export function array<E>(type: Type<E>, length: number): Type<E[], never> {
  requireType(type, "array");
  const layout = Layout.array(type.layout, length);
  const { size } = type.layout;
  const { read, put, drop, clone } = type;
  const whole: Type<E[]> = typeOf<E[]>({
    "@alloc/Type": `array(${clipped(type["@alloc/Type"])}, ${length})`,
    layout,
    has: () => false,
    take(value, mayAlias) {
      const isList = Array.isArray(value) || ArrayBuffer.isView(value) || isView(value);
      if (!isList || (value as E[]).length !== length) {
        throw new Misfit(`expected an array of ${length} elements, got ${shown(value)}`);
      }
      if (drop !== undefined && mayAlias !== true) refuseAlias(whole as Type<never>, value as object);
      const elements: readonly unknown[] = Array.isArray(value) ? value : Array.from(value as E[]);
      const parts = new Array<unknown>(length);
      for (let index = 0; index < length; index++) {
        parts[index] = takePart(type, elements[index], mayAlias, index);
      }
      return parts;
    },
    put(window, at, parts) {
      for (let index = 0; index < length; index++) {
        put(window, at + index * size, (parts as readonly unknown[])[index] as never);
      }
    },
    get: (window, at) => new ArrayItems(type, length, window, at) as unknown as View<E[]>,
    show: (window, at) => new ArrayItems(type, length, window, at) as unknown as View<E[]>,
    read(window, at, isCopy) {
      const list = Array.from({ length }, (_, index) => read(window, at + index * size, isCopy));
      return isCopy === true && drop !== undefined ? noteCopy(list) : list;
    },
    clone: clone && ((value: readonly E[]) => cloneAll(type, clone as (value: E) => E, value)),
    set: setOf(() => whole),
    drop:
      drop &&
      ((window, at) => {
        const errors: unknown[] = [];
        for (let index = 0; index < length; index++) attempt(errors, () => drop(window, at + index * size));
        rethrow(errors);
      }),
    hasParts: true,
    isFlat: false,
    kind: OTHER,
    field: (offset) => fieldOf<E[]>(whole, offset),
    each: (rows) => eachOf(whole, rows),
  });
  return whole as Type<E[], never>;
}

/** Clones the values in order. If one throws, drops the clones made so far. */
function cloneAll<E>(type: Type<E>, clone: (value: E) => E, values: readonly E[]): E[] {
  const made: E[] = [];
  try {
    for (const value of values) made.push(clone(value));
    return made;
  } catch (error) {
    const errors = [error];
    for (const value of made) attempt(errors, () => discard(type, taken(type, value)));
    rethrow(errors);
    throw error;
  }
}
