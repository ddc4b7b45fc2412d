/**
 * UsageError: the command was not understood, or what it was given cannot be used. It ends in one line and exit code 2.
 *
 * It is known by its name: it comes out of a worker as data.
 *
 * @module
 */
export class UsageError extends Error {
  override readonly name: "UsageError";

  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Makes one line of whatever was thrown, without its stack: `TypeError: x is not a function`. */
export function oneLine(error: unknown): string {
  return String(error).split("\n", 1)[0]!;
}
