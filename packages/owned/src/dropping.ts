/**
 * Dropping: one value after the other, however long the chain that hangs on it.
 *
 *     drop(1) ─▶ drop(2) ─▶ … ─▶ drop(100) ─▶ 101 waits          the stack unwinds ──▶ drop(101) ─▶ …
 *
 * The drop function of a node disposes of the next one, so a list of a million nodes would nest a million calls. What is
 * nested deeper than {@link DEEPEST} waits until the outermost drop is done; what is not ends before the call that asked for
 * it, as written.
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import { attempt, rethrow } from "./errors.ts";
import type { Type } from "./type.ts";
import { Window } from "./window.ts";

const DEEPEST = 100;
const waiting: (() => void)[] = [];
let depth = 0;

/**
 * Runs the end of a handle on values of a type, now or after the drops around it. Throws what they throw once all have run. What
 * drops nothing ends at once, since nothing can hang on it.
 */
export function nest({ drop }: Pick<Type<never>, "drop">, end: () => void): void {
  if (drop === undefined) return end();
  if (depth === DEEPEST) {
    waiting.push(end);
    return;
  }
  const errors: unknown[] = [];
  depth++;
  attempt(end, errors);
  while (depth === 1 && waiting.length > 0) attempt(waiting.pop()!, errors);
  depth--;
  rethrow(errors, "a value");
}

/** Runs what must not wait: the end of a handle whose memory goes with its scope. */
export function atOnce(end: () => void): void {
  const around = depth;
  depth = 0;
  try {
    end();
  } finally {
    depth = around;
  }
}

/** Drops values that lie side by side, the first one first; what the drop functions are shown is closed behind them. */
export function dropAll<T>({ drop, layout }: Type<T>, memory: Memory, start: number, count: number): void {
  if (drop === undefined || count === 0) return;
  const window = new Window(memory);
  const errors: unknown[] = [];
  for (let index = 0; index < count; index++) attempt(() => drop(window, start + index * layout.size), errors);
  window.close();
  rethrow(errors, "a value");
}
