/**
 * Traces: call stacks of a program.
 *
 * @module
 */

/** Receives a stack. V8 formats the text lazily, so capturing is cheap. */
export interface Trace {
  stack?: string | undefined;
}

/** Captures the stack below the call of a running function; all of it where the engine cannot omit frames. */
export function traceOf(running: (...args: never[]) => unknown): Trace {
  const trace: Trace = {};
  if (Error.captureStackTrace) Error.captureStackTrace(trace, running);
  else trace.stack = new Error().stack;
  return trace;
}

/** Returns the stack lines that name callers, without the message; undefined if there are none. */
export function callersOf({ stack = "" }: Trace): string | undefined {
  const lines = stack.split("\n");
  const ofV8 = lines.filter((line) => /^\s+at /.test(line));
  const callers = ofV8.length > 0 ? ofV8 : lines.filter((line) => line.includes("@"));
  return callers.length === 0 ? undefined : callers.map((line) => line.trim()).join("\n");
}
