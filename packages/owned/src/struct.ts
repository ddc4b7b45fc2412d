/**
 * Struct: named fields, laid out by C's rules, and the objects that show them.
 *
 *     struct({ tag: u8, value: f64, last: u16 })
 *     0   1               8                  16   18        24
 *     ├tag┤░░░ padding ░░░├────── value ─────┤last┤░ padding ┤
 *
 *     shown.value    a getter that knows 8    ──▶    Float64Array[at + 1]
 *
 * The class of what is shown is made once for each struct, its getters over closures that know their offsets. An accessor that
 * is pinned has them on a place of its own instead of `this`: where many structs come by, what the engine learns of `this` is
 * lost, and a loop over elements must not depend on how many structs a program has.
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { attempt, OwnedError, rethrow, shown } from "./errors.ts";
import { checked, defineType, type Lens, requireType, type Type, type ValueOf, type View } from "./type.ts";
import type { Place } from "./window.ts";

type Fields = Readonly<Record<string, Type<unknown>>>;
type Plain = Record<string, unknown>;

/** The values of a struct. */
export type StructOf<F> = { -readonly [Name in keyof F]: ValueOf<F[Name]> };

export interface StructOptions<T> {
  /**
   * Runs when a value dies: before its memory is released, and where another value replaces it. Its fields are dropped after
   * it, in their order. It is not to keep what it is shown.
   */
  readonly drop?: (value: View<T>) => void;
  /** Answers a second value that may live beside the first: what `drop` releases is to be made anew. `value` is a copy. */
  readonly clone?: (value: T) => T;
}

interface Shown {
  readonly "@alloc/Place": Place;
}

/** A field, bound to an offset. */
interface Field {
  readonly name: string;
  readonly type: Type<unknown>;
  readonly lens: Lens<unknown>;
}

/**
 * Makes the type of a struct. Its values are plain objects; what lies in memory is shown by an object whose fields read and
 * write there. A value may be such an object too, and may have further properties, which are ignored.
 *
 * Cost: a field is read in about the time of an access to a typed array; what is shown of it is one object.
 *
 * @param fields - the type of each field, in order; a name must not be an integer
 * @param options - what happens where a value dies or is cloned
 * @throws `LayoutError` if a name is an integer or the sum is too large; {@link OwnedError} `type` if a field is no type
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { Box, f64, struct, u8 } from "@alloc/owned";
 *
 * const Point = struct({ tag: u8, x: f64, y: f64 });
 * Point.layout.size; // => 24
 * using box = Box.new(Point, { tag: 1, x: 3, y: 4 }, pages());
 * box.value.x += 1;
 * box.get(); // => { tag: 1, x: 4, y: 4 }
 * ```
 */
export function struct<F extends Fields>(fields: F, options: StructOptions<StructOf<F>> = {}): Type<StructOf<F>> {
  const names = Object.keys(fields);
  const types = fields as Fields;
  const layouts: Record<string, Layout> = {};
  for (const name of names) {
    requireType(types[name]!, `the field ${name} of a struct`);
    if (name === "__proto__") throw new OwnedError("type", "a field must not be called __proto__");
    layouts[name] = types[name]!.layout;
  }
  const layout = Layout.struct(layouts);
  const at = (offset: number, unit: number): Field[] =>
    names.map((name) => {
      const type = types[name]!;
      return { name, type, lens: type.lens(offset + layout.offsets[name]!, unit) };
    });

  const type: Type<Plain> = defineType<Plain>(`struct { ${names.join(", ")} }`, {
    layout,
    fault(value) {
      if (typeof value !== "object" || value === null) return `: an object was expected, came ${shown(value)}`;
      for (const name of names) {
        const fault = types[name]!.fault((value as Plain)[name]);
        if (fault !== undefined) return `.${name}${fault}`;
      }
      return undefined;
    },
    plain: (value) => Object.fromEntries(names.map((name) => [name, types[name]!.plain(value[name])])),
    lens: (offset, unit) => checked(type, lensOf(at(offset, unit), options as StructOptions<Plain>)),
    pin(place) {
      const pinned = {};
      for (const field of at(0, layout.align)) Object.defineProperty(pinned, field.name, pinnedProperty(field, place));
      return Object.create(pinned);
    },
  });
  return type as unknown as Type<StructOf<F>>;
}

function lensOf(fields: readonly Field[], { drop, clone }: StructOptions<Plain>): Omit<Lens<Plain>, "set"> {
  class Accessor implements Shown {
    readonly "@alloc/Place": Place;
    constructor(place: Place) {
      this["@alloc/Place"] = place;
    }
  }
  for (const field of fields) Object.defineProperty(Accessor.prototype, field.name, property(field));
  const get = (place: Place): View<Plain> => new Accessor(place) as unknown as View<Plain>;
  const owning = fields.filter(({ lens }) => lens.drop !== undefined);
  const isOwning = drop !== undefined || owning.length > 0;

  return {
    get,
    read(place, asClone) {
      const value: Plain = {};
      for (const { name, lens } of fields) value[name] = lens.read(place, asClone);
      if (!asClone || (clone === undefined && drop === undefined)) return value;
      if (clone === undefined) {
        throw new OwnedError("no-clone", "a struct that has a drop function needs a clone function to be cloned");
      }
      return clone(value);
    },
    write(place, value) {
      for (const { name, lens } of fields) lens.write(place, value[name]);
    },
    ...(isOwning && {
      drop(place: Place) {
        const errors: unknown[] = [];
        attempt(() => drop?.(get(place)), errors);
        for (const { lens } of owning) attempt(() => lens.drop!(place), errors);
        rethrow(errors, "a struct");
      },
    }),
  };
}

function property({ lens: { get, set } }: Field): PropertyDescriptor {
  return {
    enumerable: true,
    get(this: Shown) {
      return get(this["@alloc/Place"]);
    },
    set(this: Shown, value: unknown) {
      set(this["@alloc/Place"], value);
    },
  };
}

function pinnedProperty({ lens: { get, set } }: Field, place: Place): PropertyDescriptor {
  return { enumerable: true, get: () => get(place), set: (value: unknown) => set(place, value) };
}
