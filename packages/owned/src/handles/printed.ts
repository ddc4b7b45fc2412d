/**
 * Printed: a handle as consoles, `JSON.stringify` and test runners show it.
 *
 *     JSON.stringify(box)      {"x":1,"y":2}                              null if spent
 *     console.log(box)         Box of struct { x, y } { x: 1, y: 2 }
 *     console.log(vec)         Vec of u32, length 3 [ 1, 2, 3 ]           the first 100 elements
 *     String(box)              Box of struct { x, y }
 *
 * @module
 */

/** The `inspect` of an engine. */
export type Inspect = (value: unknown, options: object) => string;

/** What a handle tells of itself. */
export interface Printed {
  readonly isLive: boolean;
  readonly spentBy: string | undefined;
  /** Returns what it owns in printable form, of bounded size. */
  contents(): unknown;
  toString(): string;
}

/** Returns the text of a handle for a console. */
export function printed(handle: Printed, options: object, inspect?: Inspect): string {
  if (!handle.isLive) return `${handle} (${handle.spentBy === undefined ? "its memory is gone" : "spent"})`;
  let contents: unknown;
  try {
    contents = handle.contents();
  } catch {
    return `${handle} (its memory is gone)`;
  }
  return contents === undefined ? `${handle}` : `${handle} ${inspect?.(contents, options) ?? JSON.stringify(contents)}`;
}
