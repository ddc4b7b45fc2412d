/**
 * Rows: iterates over the elements of a Vec.
 *
 *     for (const point of points)      │ 0 │ 1 │ 2 │▒▒▒│        each has its own view, at start + n · size
 *                                       start ─────▶ end
 *
 * A loop over structs is nearly as fast as one over a typed array, because an optimizing compiler allocates no object: the result
 * of `next` and the view are dead at the end of the round unless the loop keeps them. To make that possible `next` creates each
 * at a single place without branches; each struct has its own view class and a `next` that knows it; and all iterators share one
 * class. The speed is then independent of the number of structs in the program.
 *
 * Elements may be added and removed meanwhile. If the block moves or ends, further views throw when read, like all views of it.
 *
 * @module
 */
import type { Type, View } from "./type.ts";
import type { Window } from "./window.ts";

/** The parts of a Vec needed here. */
export interface Rows {
  readonly length: number;
  /** Returns the window of all its views, from the first element to the end of the last. Throws if the Vec is spent. */
  openWindow(): Window;
}

/** One class for all iterators: only `next` differs, and engines know it from the call site. */
class Steps<T> implements Iterator<View<T>> {
  readonly window: Window;
  /** Address of the next element. */
  at: number;
  readonly next: (this: Steps<T>) => IteratorResult<View<T>>;

  constructor(window: Window, next: Steps<T>["next"]) {
    this.window = window;
    this.at = window.start;
    this.next = next;
  }
}

/** Returns an iterator factory for elements shown by a class of their own. */
export function rowsOf<T>(size: number, Shown: new (window: Window, at: number) => unknown): Type<T>["each"] {
  function next(this: Steps<T>): IteratorResult<View<T>> {
    const { window, at } = this;
    this.at = at + size;
    return { done: at >= window.end, value: new Shown(window, at) as View<T> };
  }
  return (rows) => new Steps(rows.openWindow(), next);
}

/** Iterates over elements that are not views, or have size 0. */
export function* eachOf<T>({ layout, get }: Type<T>, rows: Rows): Iterator<View<T>> {
  const window = rows.openWindow();
  for (let index = 0; index < rows.length; index++) {
    yield get(window, window.start + index * layout.size);
  }
}
