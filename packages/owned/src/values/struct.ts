/**
 * Struct: named fields, laid out by C's rules.
 *
 *     struct({ tag: u8, value: f64, last: u16 })
 *     0   1               8                  16   18        24
 *     ├tag┤░░░ padding ░░░├────── value ─────┤last┤░ padding ┤
 *
 * struct-view.ts has its views.
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { attempt, requireOptions, rethrow, shown } from "@alloc/core/author";
import { clipped, OwnedError } from "../errors.ts";
import { noteCopy, refuseAlias } from "./alias.ts";
import { discard } from "./grave.ts";
import { load, OTHER, store } from "./kinds.ts";
import { fieldOf, setOf } from "./place.ts";
import { eachOf, rowsOf } from "./rows.ts";
import { type Member, viewsOf } from "./struct-view.ts";
import { takerOf } from "./takers.ts";
import { Misfit, requireType, type Type, taken, takePart, typeOf, type ValueOf, type View } from "./type.ts";
import { closeView, type Window } from "./window.ts";

type Fields = Readonly<Record<string, Type<unknown>>>;
type Plain = Record<string, unknown>;

/** The value type of a struct with the fields `F`. */
export type StructOf<F> = { -readonly [Name in keyof F]: ValueOf<F[Name]> };

/** Options of {@link struct}. */
export interface StructOptions<T> {
  /**
   * Called when a value ends: before its memory is released, or after another value has replaced it. Its fields are dropped
   * afterwards, in order. The view passed ends with the call. Values with a drop function have one owner: views and copies cannot
   * be moved in elsewhere, see `OwnedError` with code `alias`.
   */
  readonly drop?: (value: View<T>) => void;
  /** Returns a second, independent value: makes anew what `drop` releases. `value` is a copy. */
  readonly clone?: (value: T) => T;
}

/**
 * Makes a struct type. Its values are plain objects; in memory they are shown as objects whose fields read and write there. Such
 * a view is accepted as a value too, unless it has a drop function. Further properties are ignored.
 *
 * Cost: a light view (`peek`, loops) is one object, and reading a field through it takes about as long as an access to a typed
 * array; through a view with own fields (`value`, `at`) ten times as long.
 *
 * @param fields - the type of each field, in order; a name must not be an integer or `__proto__`, or begin with `@alloc/`
 * @param options - drop and clone functions
 * @returns the type
 * @throws `LayoutError` if a name is an integer or the struct too large; {@link OwnedError} `type` if a field is not a type
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
export function struct<F extends Fields>(
  fields: F,
  options: StructOptions<StructOf<F>> = {},
  // Not StructOf<F>: editors print the name of an alias with all that it is made of, but this as `{ x: number; y: number }`.
): Type<
  { -readonly [Name in keyof F]: ValueOf<F[Name]> },
  { -readonly [Name in keyof F]: F[Name] extends { readonly "@alloc/array"?: infer A } ? A : unknown }
> {
  requireFields(fields, options);
  const names = Object.keys(fields);
  const types = fields as Fields;
  const layouts: Record<string, Layout> = {};
  for (const name of names) {
    requireType(types[name]!, `the field ${clipped(name)} of a struct`);
    if (name === "__proto__" || name.startsWith("@alloc/")) {
      throw new OwnedError("type", `a field must not be called ${clipped(name)}`);
    }
    layouts[name] = types[name]!.layout;
  }
  const layout = Layout.struct(layouts);
  const all = names.map((name): Member => ({ name, type: types[name]!, offset: layout.offsets[name]! }));
  const { drop, clone } = options as StructOptions<Plain>;
  const owning = all.filter(({ type }) => type.drop !== undefined);
  const cloning = all.filter(({ type }) => type.clone !== undefined);
  const isOwning = drop !== undefined || owning.length > 0;
  const title = `struct { ${clipped(names.join(", "))} }`;
  const { Light, show } = viewsOf(title, all);

  const kinds = all.map(({ type }) => type.kind);
  const offsets = all.map(({ offset }) => offset);
  const isFlat = all.every(({ type }) => !type.hasParts);
  const type: Type<Plain> = typeOf<Plain>({
    "@alloc/Type": title,
    layout,
    has: () => false,
    take: takerOf({
      names,
      has: all.map(({ type }) => type.has),
      kinds,
      isOwning,
      check(value, mayAlias) {
        if (typeof value !== "object" || value === null) throw new Misfit(`expected an object, got ${shown(value)}`);
        if (mayAlias !== true) refuseAlias(type as Type<never>, value);
      },
      other: (value, mayAlias, index) => takePart(all[index]!.type, value, mayAlias, names[index]!),
    }),
    put(window, at, parts) {
      if (window.u8[at + layout.size - 1] === undefined && layout.size > 0) window.renew(at, layout.size);
      for (let index = 0; index < offsets.length; index++) {
        const kind = kinds[index]!;
        const part = (parts as readonly unknown[])[index];
        if (kind !== OTHER) store(kind, window, at + offsets[index]!, part);
        else all[index]!.type.put(window, at + offsets[index]!, part);
      }
    },
    get: (window, at) => new Light(window, at) as unknown as View<Plain>,
    show: show as unknown as Type<Plain>["show"],
    read(window, at, isCopy) {
      const value: Plain = {};
      if (window.u8[at + layout.size - 1] === undefined && layout.size > 0) window.renew(at, layout.size);
      for (let index = 0; index < offsets.length; index++) {
        const kind = kinds[index]!;
        const place = at + offsets[index]!;
        value[names[index]!] =
          kind !== OTHER ? load(kind, window, place) : all[index]!.type.read(window, place, isCopy);
      }
      return isCopy === true && isOwning ? noteCopy(value) : value;
    },
    clone: (drop ?? clone ?? cloning[0]) && cloneWhole,
    set: setOf(() => type),
    drop: isOwning ? (isFlat ? dropFlat : dropWhole) : undefined,
    hasParts: true,
    isFlat,
    members: all,
    kind: OTHER,
    field: (offset) => fieldOf(type, offset),
    each: layout.size === 0 ? (rows) => eachOf(type, rows) : rowsOf(layout.size, Light),
  });

  /** Drops the whole, then its fields in order, even if one throws. */
  function dropWhole(window: Window, at: number): void {
    const errors: unknown[] = [];
    attempt(errors, () => drop?.(type.get(window, at)));
    for (const field of owning) attempt(errors, () => field.type.drop!(window, at + field.offset));
    rethrow(errors);
  }

  /** Drops a struct whose fields own nothing. */
  function dropFlat(window: Window, at: number): void {
    const view = new Light(window, at);
    try {
      drop!(view as unknown as View<Plain>);
    } finally {
      closeView(view);
    }
  }

  /** Clones the fields that need it, then the whole. If one throws, drops the clones made so far. */
  function cloneWhole(value: Plain): Plain {
    if (clone === undefined && drop !== undefined) {
      throw new OwnedError("no-clone", `${title} has a drop function; to be cloned it also needs a clone function`);
    }
    const made: Member[] = [];
    try {
      for (const member of cloning) {
        value[member.name] = member.type.clone!(value[member.name] as never);
        made.push(member);
      }
      return clone === undefined ? value : clone(value);
    } catch (error) {
      const errors = [error];
      for (const { name, type } of made) attempt(errors, () => discard(type, taken(type, value[name])));
      rethrow(errors);
      throw error;
    }
  }
  return type as never;
}

/** Validates the arguments of a JavaScript caller. */
function requireFields(fields: unknown, options: object): void {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    throw new OwnedError("type", `struct expects an object of value types, got ${shown(fields)}`);
  }
  requireOptions("struct({ x: f64 }, { drop, clone })", options, ["drop", "clone"]);
  for (const name of ["drop", "clone"] as const) {
    const option = (options as Record<string, unknown>)[name];
    if (option === undefined || typeof option === "function") continue;
    throw new OwnedError("type", `the option ${name} of a struct must be a function, got ${shown(option)}`);
  }
}
