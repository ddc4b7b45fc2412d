/**
 * Stack: where a call came from, kept with the block it allocated.
 *
 *     your code            at parse (file:///app.js:12:3)     ◀── the first line that is kept
 *       heap.allocate      left out: ours
 *         the observer     left out: ours
 *
 * Capturing a stack costs some microseconds. Formatting it costs many more and is deferred until it is read, which for most
 * blocks is never.
 *
 * @module
 */
import { LayoutError } from "@alloc/core";
import { shown } from "@alloc/core/author";
import { printable } from "./printable.ts";

/** The default number of frames. */
const DEPTH = 10;
/** The maximum number of formatted frames, and of characters per frame. */
const MOST_FRAMES = 100;
const MOST_FRAME = 300;

/** Returns the number of frames to keep. */
export function depthOf(depth: number | undefined): number {
  if (depth === undefined) return DEPTH;
  if (typeof depth === "number" && depth >= 0 && (Number.isInteger(depth) || depth === Infinity)) return depth;
  throw new LayoutError("count", `stackDepth must be an integer of at least 0, got ${shown(depth)}`);
}

/** Where a call came from. {@link framesOf} formats it. */
export interface Stack {
  readonly stack?: unknown;
}

const NONE: Stack = {};

/**
 * Returns where a call came from. Never throws: a block that was handed out must not be lost because its stack is unknown.
 *
 * @param above - the method that was called: only its callers are kept
 * @param depth - the number of frames; 0 keeps none and costs nothing
 */
export function stackOf(above: (...args: never[]) => unknown, depth: number): Stack {
  if (depth === 0) return NONE;
  try {
    // Without it, the stack starts with our frames and has the engine's own depth.
    if (typeof Error.captureStackTrace !== "function") return new Error();
    const { stackTraceLimit } = Error;
    const stack = {};
    Error.stackTraceLimit = depth;
    Error.captureStackTrace(stack, above);
    Error.stackTraceLimit = stackTraceLimit;
    return stack;
  } catch {
    return NONE;
  }
}

/** Returns the frames of a stack as the engine writes them, one per line; empty if none were kept. */
export function framesOf(stack: Stack): string {
  const frames = textOf(stack)
    .split("\n")
    .filter((line) => /^\s*at |@/.test(line));
  return frames
    .slice(0, MOST_FRAMES)
    .map((line) => printable(line, MOST_FRAME))
    .join("\n");
}

/** Returns the text of a stack. It is formatted now, by `Error.prepareStackTrace` if the program defines it. */
function textOf(trace: Stack): string {
  try {
    const { stack } = trace;
    // A program's `prepareStackTrace` may return an array of frames.
    return Array.isArray(stack) ? stack.map((frame) => `    at ${frame}`).join("\n") : String(stack ?? "");
  } catch {
    return "";
  }
}
