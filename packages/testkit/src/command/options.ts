/**
 * Options of the command line and their parsers.
 *
 * @module
 */
import { isAlignment } from "@alloc/core";
import { type Command, InvalidArgumentError } from "commander";
import type { CheckOptions } from "../conformance/check-allocator.ts";
import { RULES, type RuleId } from "../conformance/rules.ts";
import type { CompareSettings } from "./compare.ts";
import type { ReplaySettings } from "./replay.ts";

/** Parsed options, as commander passes them. */
export interface Given {
  readonly export: string;
  readonly json?: boolean;
  readonly timeLimit: number;
  readonly programs: number;
  readonly steps: number;
  readonly seed?: number;
  readonly maxSize: number;
  readonly maxAlign: number;
  readonly skip: CheckOptions["skip"];
  readonly align: number;
  readonly maxTrace: number;
  readonly rounds: number;
}

/** Adds the options of every command. */
export function common(command: Command, limited: string): Command {
  return command
    .option("--export <name>", "name of the export that makes the allocator", "default")
    .option("--time-limit <seconds>", `time limit for ${limited}, in seconds`, seconds, 60)
    .option("--json", "print the result as JSON");
}

/** Adds the options of a check. */
export function checking(command: Command): Command {
  return command
    .option("--programs <number>", "number of random programs", positive, 100)
    .option("--steps <number>", "maximum steps per program", positive, 100)
    .option("--seed <number>", "seed that repeats the same programs (default: random)", integer)
    .option("--max-size <bytes>", "maximum size of an ordinary request", positive, 65536)
    .option("--max-align <bytes>", "maximum align", align, 65536)
    .option("--skip <rule=reason>", "a rule not to test, and the reason; repeatable", skip, {});
}

/** Adds the options of a replay. */
export function replaying(command: Command): Command {
  return command
    .option("--align <bytes>", "minimum align of every request", align, 8)
    .option("--max-trace <MiB>", "maximum size of a trace, uncompressed", positive, 256);
}

/** Adds the options of a race. */
export function racing(command: Command): Command {
  return command.option("--rounds <number>", "number of times each trace is timed", positive, 9);
}

/** Converts parsed options to the settings of a replay. */
export function replaySettingsOf({ align, timeLimit, maxTrace }: Given): ReplaySettings {
  return { align, seconds: timeLimit, maxBytes: maxTrace * 2 ** 20 };
}

/** Converts parsed options to the settings of a check or a comparison. */
export function settingsOf(given: Given): CompareSettings {
  const { programs, steps, maxSize, maxAlign, skip = {}, rounds } = given;
  const seed = given.seed === undefined ? {} : { seed: given.seed };
  return { options: { programs, steps, maxSize, maxAlign, skip, ...seed }, ...replaySettingsOf(given), rounds };
}

function skip(text: string, before: CheckOptions["skip"]): CheckOptions["skip"] {
  const [, rule, reason] = /^([\d.]+)=(.*\S.*)$/.exec(text) ?? [];
  const known = RULES.some(({ id }) => id === rule);
  if (!known)
    throw new InvalidArgumentError('Expected a rule of the contract and a reason, such as 9.1="never disposed".');
  return { ...before, [rule as RuleId]: reason! };
}

function align(text: string): number {
  const value = Number(text);
  if (!isAlignment(value)) throw new InvalidArgumentError("Expected a power of two up to 2147483648.");
  return value;
}

function integer(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || Math.abs(value) >= 2 ** 31) throw new InvalidArgumentError("Expected a 32-bit integer.");
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value >= 2 ** 32)
    throw new InvalidArgumentError("Expected an integer of at least 1.");
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 86400))
    throw new InvalidArgumentError("Expected a number of seconds, more than 0 and at most 86400.");
  return value;
}
