/**
 * UsageError: an invalid command line or input. Reported as one line with exit code 2, whatever module names and errors it
 * contains.
 *
 * Recognised by name, because it arrives from a worker as data.
 *
 * @module
 */
import { printable, stringOf } from "../printable.ts";

export class UsageError extends Error {
  override readonly name: "UsageError";

  constructor(message: string) {
    super(printable(message));
    this.name = "UsageError";
  }
}

/** Formats any thrown value as one line, without its stack: `TypeError: x is not a function`. */
export function oneLine(error: unknown): string {
  return printable(stringOf(error).split("\n", 1)[0]);
}
