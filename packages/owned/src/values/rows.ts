/**
 * Rows: the elements of a Vec, one after the other.
 *
 *     for (const point of points)      │ 0 │ 1 │ 2 │▒▒▒│        each shown by an object of its own, at start + n · size
 *                                       start ─────▶ end
 *
 * A loop over structs is nearly as fast as one over a typed array, because an optimizing compiler makes no object at all: what
 * `next` returns, and what it shows, are gone at the end of the round unless the loop keeps them. So `next` makes each in one place
 * and goes one way; each struct has a class of what is shown, and a `next` that knows it; and what steps is of one class for all.
 * Then nothing depends on how many structs a program has.
 *
 * Elements may come and go meanwhile. Where the block moves or goes, what is still to come throws when it is read: as all that
 * was shown of it does.
 *
 * @module
 */
import type { Type, View } from "./type.ts";
import type { Window } from "./window.ts";

/** What is needed of a Vec. */
export interface Rows {
  readonly length: number;
  /** Returns the window that everything is shown through, from the first element to the end of the last. Throws if it is spent. */
  openWindow(): Window;
}

/** One class for all: what differs is `next`, which an engine knows from the call. */
class Steps<T> implements Iterator<View<T>> {
  readonly window: Window;
  /** Where the next one lies. */
  at: number;
  readonly next: (this: Steps<T>) => IteratorResult<View<T>>;

  constructor(window: Window, next: Steps<T>["next"]) {
    this.window = window;
    this.at = window.start;
    this.next = next;
  }
}

/** Returns what shows elements by objects of a class of their own. */
export function rowsOf<T>(size: number, Shown: new (window: Window, at: number) => unknown): Type<T>["each"] {
  function next(this: Steps<T>): IteratorResult<View<T>> {
    const { window, at } = this;
    this.at = at + size;
    return { done: at >= window.end, value: new Shown(window, at) as View<T> };
  }
  return (rows) => new Steps(rows.openWindow(), next);
}

/** Shows elements that need no object, or have no size to step by. */
export function* eachOf<T>({ layout, get }: Type<T>, rows: Rows): Iterator<View<T>> {
  const window = rows.openWindow();
  for (let index = 0; index < rows.length; index++) {
    yield get(window, window.start + index * layout.size);
  }
}
