/**
 * The empty loops, one for each language. They are measured like contenders.
 *
 * @module
 */

export type Language = "JavaScript" | "C";

/** The names of the empty loops. */
export const EMPTY: Readonly<Record<Language, string>> = { JavaScript: "empty loop (JavaScript)", C: "empty loop (C)" };

/** Returns whether a name is that of an empty loop. */
export function isEmptyLoop(contender: string): boolean {
  return Object.values(EMPTY).includes(contender);
}
