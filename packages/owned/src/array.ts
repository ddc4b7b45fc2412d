/**
 * Array: so many values of one type, side by side.
 *
 *     array(type, 3)     │ 0 │ 1 │ 2 │        each padded to its align
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { attempt, OwnedError, rethrow, shown } from "./errors.ts";
import { checked, defineType, type Items, type Lens, requireType, type Type, type View } from "./type.ts";
import { Place, type Window } from "./window.ts";

/** Throws unless there is an element of that number. */
export function requireIndex(index: number, length: number): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  const range = length === 0 ? "there are no elements" : `an index from 0 to ${length - 1} was expected`;
  throw new OwnedError("index", `${range}, came ${shown(index)}`);
}

class ArrayItems<E> implements Items<E> {
  readonly type: Type<E>;
  readonly length: number;
  /** Where the array lies: read anew for each element, since a cursor moves it. */
  readonly "@alloc/Place": Place;
  readonly unit: number;
  readonly offset: number;

  constructor(type: Type<E>, length: number, place: Place, offset: number, unit: number) {
    this.type = type;
    this.length = length;
    this["@alloc/Place"] = place;
    this.unit = unit;
    this.offset = offset;
  }

  at(index: number): View<E> {
    requireIndex(index, this.length);
    return this.type.root.get(this.placeOf(index));
  }

  set(index: number, value: E): void {
    requireIndex(index, this.length);
    this.type.root.set(this.placeOf(index), value);
  }

  *[Symbol.iterator](): Iterator<View<E>> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  placeOf(index: number): Place {
    const { window, at } = this["@alloc/Place"];
    return new Place(window, addressOf(this.type, at * this.unit + this.offset, index));
  }
}

/** Answers where an element lies that follows `index` others, in units of its align. */
export function addressOf(type: Pick<Type<unknown>, "layout">, start: number, index: number): number {
  return (start + index * type.layout.size) / type.layout.align;
}

/**
 * Makes the type of an array. Its values are arrays of `length` elements; what lies in memory is shown as {@link Items}.
 *
 * Cost: an element that is shown is found by a multiplication, and costs one object.
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
  const lens = (offset: number, unit: number): Omit<Lens<E[]>, "set"> => {
    const placeOf = (window: Window, at: number, index: number) =>
      new Place(window, addressOf(type, at * unit + offset, index));
    const { root } = type;
    return {
      get: (place) => new ArrayItems(type, length, place, offset, unit) as unknown as View<E[]>,
      read: ({ window, at }, clone) =>
        Array.from({ length }, (_, index) => root.read(placeOf(window, at, index), clone)),
      write({ window, at }, value) {
        elementsOf(value).forEach((element, index) => {
          root.write(placeOf(window, at, index), element);
        });
      },
      ...(root.drop && {
        drop({ window, at }: Place) {
          const errors: unknown[] = [];
          for (let index = 0; index < length; index++) attempt(() => root.drop!(placeOf(window, at, index)), errors);
          rethrow(errors, "an array");
        },
      }),
    };
  };
  const whole: Type<E[]> = defineType<E[]>(`array(${type["@alloc/Type"]}, ${length})`, {
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
    lens: (offset, unit) => checked(whole, lens(offset, unit)),
    pin: (place) => new ArrayItems(type, length, place, 0, layout.align) as unknown as View<E[]>,
  });
  return whole;
}

function isShown(value: unknown): boolean {
  return typeof value === "object" && value !== null && "@alloc/Place" in value;
}

/** Answers the elements of a list, of a typed array, or of what an array shows. */
function elementsOf<E>(value: readonly E[]): readonly E[] {
  return Array.isArray(value) ? value : Array.from(value);
}
