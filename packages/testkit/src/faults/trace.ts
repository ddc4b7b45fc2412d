/**
 * Traces: where in a program something was called.
 *
 * @module
 */

/** What an engine writes a stack into. V8 makes the text of it when it is read, so to take one is cheap. */
export interface Trace {
  stack?: string | undefined;
}

/** Takes the stack below the call of a function that is running; of all callers where the engine cannot leave some out. */
export function traceOf(running: (...args: never[]) => unknown): Trace {
  const trace: Trace = {};
  if (Error.captureStackTrace) Error.captureStackTrace(trace, running);
  else trace.stack = new Error().stack;
  return trace;
}

/** Answers the lines of a stack that name callers, without the message above; undefined if there is none. */
export function callersOf({ stack = "" }: Trace): string | undefined {
  const lines = stack.split("\n");
  const ofV8 = lines.filter((line) => /^\s+at /.test(line));
  const callers = ofV8.length > 0 ? ofV8 : lines.filter((line) => line.includes("@"));
  return callers.length === 0 ? undefined : callers.map((line) => line.trim()).join("\n");
}
