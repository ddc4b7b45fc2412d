/**
 * UsageError: the command was not understood, or what it was given cannot be used. It ends in one line and exit code 2, whatever
 * names and errors of the module stand in it.
 *
 * It is known by its name: it comes out of a worker as data.
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

/** Makes one line of whatever was thrown, without its stack: `TypeError: x is not a function`. */
export function oneLine(error: unknown): string {
  return printable(stringOf(error).split("\n", 1)[0]);
}
