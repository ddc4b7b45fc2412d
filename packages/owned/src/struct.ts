/**
 * Struct: named fields, laid out by C's rules, and the objects that show them.
 *
 *     struct({ tag: u8, value: f64, last: u16 })
 *     0   1               8                  16   18        24
 *     ├tag┤░░░ padding ░░░├────── value ─────┤last┤░ padding ┤
 *
 *     shown.value    a getter that knows 8    ──▶    Float64Array[(at + 8) >>> 3]
 *
 * The class of what is shown is made once for each struct, its getters over closures that know type and offset: to an engine
 * that knows the class, all of it is constant, however many structs a program has.
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { attempt, OwnedError, rethrow, shown } from "./errors.ts";
import { eachOf, rowsOf } from "./rows.ts";
import { checkedSet, fieldOf, requireType, type Type, type ValueOf, type View } from "./type.ts";
import type { Accessor, Window } from "./window.ts";

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

interface Member {
  readonly name: string;
  readonly type: Type<unknown>;
  /** Bytes from the start of the struct. */
  readonly offset: number;
}

/**
 * Makes the type of a struct. Its values are plain objects; what lies in memory is shown by an object whose fields read and
 * write there. A value may be such an object too, and may have further properties, which are ignored.
 *
 * Cost: a field is read in about the time of an access to a typed array; what is shown of a struct is one object.
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
  requireFields(fields, options);
  const names = Object.keys(fields);
  const types = fields as Fields;
  const layouts: Record<string, Layout> = {};
  for (const name of names) {
    requireType(types[name]!, `the field ${name} of a struct`);
    if (name === "__proto__") throw new OwnedError("type", "a field must not be called __proto__");
    layouts[name] = types[name]!.layout;
  }
  const layout = Layout.struct(layouts);
  const all = names.map((name): Member => ({ name, type: types[name]!, offset: layout.offsets[name]! }));
  const Shown = accessorOf(all);
  const { drop, clone } = options as StructOptions<Plain>;
  const owning = all.filter(({ type }) => type.drop !== undefined);
  const isOwning = drop !== undefined || owning.length > 0;

  const type: Type<Plain> = {
    "@alloc/Type": `struct { ${names.join(", ")} }`,
    layout,
    fault(value) {
      if (typeof value !== "object" || value === null) return `: an object was expected, came ${shown(value)}`;
      for (const { name, type } of all) {
        const fault = type.fault((value as Plain)[name]);
        if (fault !== undefined) return `.${name}${fault}`;
      }
      return undefined;
    },
    plain: (value) => Object.fromEntries(names.map((name) => [name, types[name]!.plain(value[name])])),
    get: (window, at) => new Shown(window, at) as unknown as View<Plain>,
    read(window, at, asClone) {
      const value: Plain = {};
      for (const { name, type, offset } of all) value[name] = type.read(window, at + offset, asClone);
      if (!asClone || (clone === undefined && drop === undefined)) return value;
      if (clone === undefined) {
        throw new OwnedError("no-clone", "a struct that has a drop function needs a clone function to be cloned");
      }
      return clone(value);
    },
    write(window, at, value) {
      for (const { name, type, offset } of all) type.write(window, at + offset, value[name]);
    },
    set: checkedSet(() => type),
    drop: isOwning
      ? (window, at) => {
          const errors: unknown[] = [];
          attempt(() => drop?.(type.get(window, at)), errors);
          for (const field of owning) attempt(() => field.type.drop!(window, at + field.offset), errors);
          rethrow(errors, "a struct");
        }
      : undefined,
    hasParts: true,
    field: (offset) => fieldOf(type, offset),
    each: layout.size === 0 ? (rows) => eachOf(type, rows) : rowsOf(layout.size, Shown),
  };
  return type as unknown as Type<StructOf<F>>;
}

/** For those whom no compiler told. */
function requireFields(fields: unknown, options: object): void {
  if (typeof fields !== "object" || fields === null) {
    throw new OwnedError("type", `struct needs an object of value types, came ${shown(fields)}`);
  }
  for (const name of ["drop", "clone"] as const) {
    const option = (options as Record<string, unknown>)[name];
    if (option === undefined || typeof option === "function") continue;
    throw new OwnedError("type", `the option ${name} of a struct must be a function, came ${shown(option)}`);
  }
}

/** Makes the class of what is shown. It extends nothing, since that would keep engines from making no object of it. */
function accessorOf(fields: readonly Member[]): new (window: Window, at: number) => Accessor {
  class Shown implements Accessor {
    readonly "@alloc/window": Window;
    readonly "@alloc/at": number;
    constructor(window: Window, at: number) {
      this["@alloc/window"] = window;
      this["@alloc/at"] = at;
    }
  }
  for (const { name, type, offset } of fields) {
    Object.defineProperty(Shown.prototype, name, { enumerable: true, ...type.field(offset) });
  }
  return Shown;
}
