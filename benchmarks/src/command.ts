/**
 * The common parts of the commands: options, and how they end.
 *
 * @module
 */
import { printable } from "@alloc/testkit";
import { Command, CommanderError, InvalidArgumentError } from "commander";

/** 1: the trace or an allocator is at fault. 2: the command line is wrong. */
const FAULT = 1;
const USAGE = 2;

/** Returns a command that measures. */
export function command(name: string, description: string): Command {
  return plainCommand(name, description, "the measurements").option(
    "--rounds <number>",
    "how often each trace is timed",
    positive,
    9,
  );
}

/** Returns a command that prints `what` as JSON if asked. */
export function plainCommand(name: string, description: string, what: string): Command {
  return new Command(name).description(description).option("--json", `print ${what} as JSON`).exitOverride();
}

/** Runs a command. Any error ends in one line on stderr and an exit code. */
export async function runCommand(command: Command, args: readonly string[]): Promise<void> {
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE;
    else {
      process.stderr.write(`error: ${printable((error as Partial<Error> | undefined)?.message ?? error)}\n`);
      process.exitCode = FAULT;
    }
  }
}

/** Parses an alignment given on the command line. */
export function align(text: string): number {
  const value = positive(text);
  if (!Number.isInteger(Math.log2(value)) || value > 65536)
    throw new InvalidArgumentError("Expected a power of two up to 65536.");
  return value;
}

/** Parses a count given on the command line. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Expected an integer of at least 1.");
  return value;
}
