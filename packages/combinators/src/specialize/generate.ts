/**
 * Generates code at run time, where that is allowed.
 *
 *     generate ──▶ new Function ──▶ the value of the code
 *                  └ refused, by a Content-Security-Policy or a flag of the engine: undefined, now and from now on
 *
 * Every source text gets a unique `sourceURL`. Engines cache compiled code and type feedback by text, so identical texts would share
 * feedback, which each copy must have to itself. Nothing is tried before the first request.
 *
 * @module
 */

/** How many more texts may be compiled: engines never collect code in use. 0 once the engine refuses. */
let left = 256;

/**
 * Returns the value of an expression; undefined if this realm refuses to compile text or has reached the limit.
 *
 * @param name - the name shown by debuggers and profilers
 * @param code - the text of an expression, which may name `given`
 */
export function generate<T>(name: string, code: string, given?: unknown): T | undefined {
  if (left === 0) return undefined;
  const url = `alloc:${left--}:${name.replace(/[^\w$<>,]/g, "")}`;
  try {
    return new Function("given", `"use strict";return ${code}\n//# sourceURL=${url}`)(given);
  } catch (error) {
    // A text that strict mode refuses, such as a method of sloppy code, is the fault of one class; anything else is a policy.
    if ((error as Error).name !== "SyntaxError") left = 0;
    return undefined;
  }
}
