/**
 * Row: the view of one row of Columns. Its fields read and write the columns.
 *
 *     row { windows, index }      row.x  ──▶  windows[0]: start + 8 · index      row.id  ──▶  windows[1]: start + 4 · index
 *
 * Like the light view of a struct: the class is made once per struct, with its fields on the prototype.
 *
 * @module
 */
import type { Member } from "../values/struct-view.ts";
import { describeLight } from "../values/struct-view.ts";
import type { Type } from "../values/type.ts";
import type { Accessor, Window } from "../values/window.ts";

/** A view of a row. */
export interface Row extends Accessor {
  readonly "@alloc/windows": readonly Window[];
  readonly "@alloc/index": number;
}

/** The class of the rows of a struct. */
export type RowClass = new (windows: readonly Window[], index: number) => Row;
const classes = new WeakMap<object, RowClass>();

/** Returns the class of the rows of a struct. */
export function rowOf(type: Type<never>): RowClass {
  const known = classes.get(type);
  if (known !== undefined) return known;
  const made = makeRow(type["@alloc/Type"], type.members!);
  classes.set(type, made);
  return made;
}

function makeRow(title: string, members: readonly Member[]): RowClass {
  class RowView implements Row {
    readonly "@alloc/windows": readonly Window[];
    readonly "@alloc/index": number;
    constructor(windows: readonly Window[], index: number) {
      this["@alloc/windows"] = windows;
      this["@alloc/index"] = index;
    }
    // Stryker disable next-line StringLiteral: it cannot replace the name of a getter.
    get "@alloc/window"(): Window {
      return this["@alloc/windows"][0]!;
    }
    // Stryker disable next-line StringLiteral: it cannot replace the name of a getter.
    get "@alloc/at"(): number {
      return this["@alloc/index"];
    }
  }
  describeLight(RowView.prototype, title, members);
  for (const [nth, { name, type }] of members.entries()) {
    const { get, set } = type.field(0);
    const { size } = type.layout;
    // Not a Cursor: a program that reads several fields has no room left to inline its constructor.
    Object.defineProperty(RowView.prototype, name, {
      get(this: Row) {
        const window = this["@alloc/windows"][nth]!;
        return get.call({ "@alloc/window": window, "@alloc/at": window.start + this["@alloc/index"] * size });
      },
      set(this: Row, value: unknown) {
        const window = this["@alloc/windows"][nth]!;
        set.call({ "@alloc/window": window, "@alloc/at": window.start + this["@alloc/index"] * size }, value);
      },
      enumerable: true,
      configurable: true,
    });
  }
  return RowView;
}
