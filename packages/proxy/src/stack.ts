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

import { LayoutError } from "@alloc/core";
import { printable } from "./printable.ts";

/** Frames that are kept by default. */
const DEPTH = 10;
/** Frames of a stack that are written out, and characters of each. */
const MOST_FRAMES = 100;
const MOST_FRAME = 300;

/** Returns how many frames are kept. */
export function depthOf(depth: number | undefined): number {
  if (depth === undefined) return DEPTH;
  if (typeof depth === "number" && depth >= 0 && (Number.isInteger(depth) || depth === Infinity)) return depth;
  throw new LayoutError("count", `stackDepth must be an integer from 0 on, got ${printable(String(depth), 40)}`);
}

/** Where a call came from. The text is made when it is asked for. */
export class Stack {
  readonly trace: { readonly stack?: unknown };

  /**
   * @param above - the method that was called: its callers are kept, and neither itself nor what it called
   * @param depth - frames; 0 keeps none and costs nothing
   */
  constructor(above: (...args: never[]) => unknown, depth: number) {
    this.trace = depth === 0 ? {} : capture(above, depth);
  }

  /** The frames as the engine writes them, one a line; the empty string where none were kept. */
  get text(): string {
    const lines = textOf(this.trace).split("\n");
    const frames = lines.filter((line) => /^\s*at |@/.test(line)).slice(0, MOST_FRAMES);
    return frames.map((line) => printable(line, MOST_FRAME)).join("\n");
  }
}

/** Returns the text of a trace. It is made now, by `Error.prepareStackTrace` if the program has one. */
function textOf(trace: { readonly stack?: unknown }): string {
  try {
    const { stack } = trace;
    // What the program makes of it may be a list of frames.
    return Array.isArray(stack) ? stack.map((frame) => `    at ${frame}`).join("\n") : String(stack ?? "");
  } catch {
    return "";
  }
}

/** Never throws: a block that was handed out must not be lost because nobody knows who asked for it. */
function capture(above: (...args: never[]) => unknown, depth: number): { stack?: unknown } {
  try {
    // An engine without it has frames of ours on top, and a depth of its own.
    if (typeof Error.captureStackTrace !== "function") return new Error();
    const { stackTraceLimit } = Error;
    const trace = {};
    Error.stackTraceLimit = depth;
    Error.captureStackTrace(trace, above);
    Error.stackTraceLimit = stackTraceLimit;
    return trace;
  } catch {
    return {};
  }
}
