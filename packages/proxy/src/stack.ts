/**
 * Stack: who made a call, kept with the block that came of it.
 *
 *     your code            at parse (file:///app.js:12:3)     ◀── the first line that is kept
 *       heap.allocate      left out: ours
 *         the observer     left out: ours
 *
 * To note where a call comes from costs some microseconds; to write it as text costs many more, and is done when it is read:
 * of most blocks it never is.
 *
 * @module
 */

/** Frames that are kept unless said otherwise. */
export const DEPTH = 10;

/** Where a call came from. The text is made when it is asked for. */
export class Stack {
  readonly trace: { readonly stack?: string | undefined };

  /**
   * @param above - the method that was called: its callers are kept, and neither itself nor what it called
   * @param depth - frames; 0 keeps none and costs nothing
   */
  constructor(above: (...args: never[]) => unknown, depth: number) {
    this.trace = depth === 0 ? {} : capture(above, depth);
  }

  /** The frames as the engine writes them, one a line; the empty string where none were kept. */
  get text(): string {
    const lines = (this.trace.stack ?? "").split("\n");
    return lines.filter((line) => /^\s*at |@/.test(line)).join("\n");
  }
}

function capture(above: (...args: never[]) => unknown, depth: number): { stack?: string | undefined } {
  // An engine without it has frames of ours on top, and a depth of its own.
  if (typeof Error.captureStackTrace !== "function") return new Error();
  const { stackTraceLimit } = Error;
  const trace = {};
  Error.stackTraceLimit = depth;
  Error.captureStackTrace(trace, above);
  Error.stackTraceLimit = stackTraceLimit;
  return trace;
}
