/**
 * Code that is made at run time, where that is allowed.
 *
 *     generate ──▶ new Function ──▶ the value of the code
 *                  └ refused, by a Content-Security-Policy or a flag of the engine: undefined, now and from now on
 *
 * Each text is unlike all others, by the number in its source URL: engines keep what they compiled by its text, and with it what
 * they learnt of the calls in it, which is what every copy shall have of its own. Nothing is tried before it is asked for.
 *
 * @module
 */

/** So many texts more: engines never forget code that is in use. 0 from the first that is refused. */
let left = 256;

/**
 * Answers the value of an expression; undefined if this realm makes no code of texts, or has made enough.
 *
 * @param name - by which debuggers and profilers show it
 * @param code - the text of an expression, which may name `given`
 */
export function generate<T>(name: string, code: string, given?: unknown): T | undefined {
  if (left === 0) return undefined;
  const url = `alloc:${left--}:${name.replace(/[^\w$<>,]/g, "")}`;
  try {
    return new Function("given", `"use strict";return ${code}\n//# sourceURL=${url}`)(given);
  } catch {
    left = 0;
    return undefined;
  }
}
