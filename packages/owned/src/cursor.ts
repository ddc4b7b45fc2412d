/**
 * Cursor: one accessor that is moved over the elements of a Vec, for loops over many.
 *
 *     cursor.at(0) ─▶ │ 0 │ 1 │ 2 │        the same object each time, that shows another element
 *     cursor.at(1) ─────────▶ ┘
 *
 * To show an element costs an addition and no object. A struct's accessor has its place in its getters rather than in itself
 * (see struct.ts), so making one costs microseconds: those of disposed cursors are used again.
 *
 * @module
 */
import { MisuseError } from "@alloc/core";
import { requireIndex } from "./array.ts";
import { disposeKey } from "./owner.ts";
import type { Type, View } from "./type.ts";
import { Place, type Window } from "./window.ts";

/** A pinned accessor, and the place that moves it. */
interface Pinned<T> {
  readonly place: Place;
  readonly view: View<T> | undefined;
}

/** What a cursor needs of a Vec. */
export interface Rows<T> {
  readonly type: Type<T>;
  readonly length: number;
  /** Where the first element lies, in units of the align of the type. */
  readonly start: number;
  /** What all elements are shown through, once one was. */
  readonly window: Window | undefined;
  /** Answers that window. Throws if the Vec is spent. */
  openWindow(): Window;
}

/** Shows the elements of a Vec, one at a time. */
export interface Cursor<T> extends Iterable<View<T>>, Disposable {
  /**
   * Shows an element: of a struct or an array by the one accessor that all elements are shown by.
   *
   * @throws `OwnedError` with code `index`
   */
  at(index: number): View<T>;
  /** Ends it, so that its accessor can be used again by the next cursor. */
  dispose(): void;
}

/** Accessors of disposed cursors, by type. */
const spares = new WeakMap<object, Pinned<unknown>[]>();
/** The place of a cursor that was disposed of: its window is that of no Vec. */
const NOWHERE: Place = /* @__PURE__ */ new Place(null as unknown as Window, 0);

export class CursorMachine<T> implements Cursor<T> {
  readonly rows: Rows<T>;
  readonly step: number;
  /** What moves {@link view}. When the cursor was disposed of, one that fits no Vec. */
  place: Place;
  /** Shows the element at the place; undefined where elements are shown as themselves. */
  readonly view: View<T> | undefined;

  constructor(rows: Rows<T>, { place, view }: Pinned<T>) {
    const { size, align } = rows.type.layout;
    this.rows = rows;
    this.step = size / align;
    this.place = place;
    this.view = view;
  }

  at(index: number): View<T> {
    const rows = this.rows;
    const place = this.place;
    if (index >>> 0 !== index || index >= rows.length || place.window !== rows.window) return this.atAgain(index);
    place.at = rows.start + index * this.step;
    return this.view!;
  }

  *[Symbol.iterator](): Iterator<View<T>> {
    for (let index = 0; index < this.rows.length; index++) yield this.at(index);
  }

  dispose(): void {
    const { place, view, rows } = this;
    if (place === NOWHERE) return;
    this.place = NOWHERE;
    const known = spares.get(rows.type) ?? [];
    spares.set(rows.type, known);
    known.push({ place, view });
  }

  [disposeKey](): void {
    this.dispose();
  }

  /** Shows an element through the present window of the Vec, or throws. */
  atAgain(index: number): View<T> {
    const { place, rows } = this;
    if (place === NOWHERE) throw new MisuseError("disposed", "this cursor was disposed of; ask the Vec for another");
    place.window = rows.openWindow();
    requireIndex(index, rows.length);
    return this.at(index);
  }
}

/** A cursor over elements that are shown as themselves. */
class ValueCursor<T> extends CursorMachine<T> {
  override at(index: number): View<T> {
    super.at(index);
    return this.rows.type.root.get(this.place);
  }
}

/** Makes a cursor, with an accessor that is there already if one is to spare. */
export function cursorOf<T>(rows: Rows<T>): Cursor<T> {
  const { type } = rows;
  const spare = spares.get(type)?.pop() as Pinned<T> | undefined;
  const Machine = type.pin === undefined ? ValueCursor : CursorMachine;
  return new Machine(rows, spare ?? pin(type, rows.openWindow()));
}

function pin<T>(type: Type<T>, window: Window): Pinned<T> {
  const place = new Place(window, 0);
  return { place, view: type.pin?.(place) };
}
