/**
 * The empty loops, which are measured as contenders are: one for each language.
 *
 * @module
 */

export type Language = "JavaScript" | "C";

/** The names of the empty loops. */
export const EMPTY: Readonly<Record<Language, string>> = { JavaScript: "empty loop (JavaScript)", C: "empty loop (C)" };

/** Whether a name is that of an empty loop. */
export function isEmptyLoop(contender: string): boolean {
  return Object.values(EMPTY).includes(contender);
}
