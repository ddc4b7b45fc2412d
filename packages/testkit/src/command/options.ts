/**
 * Options: what can be said on the command line, and how it is read.
 *
 * @module
 */
import { isAlignment } from "@alloc/core";
import { type Command, InvalidArgumentError } from "commander";
import type { CheckOptions } from "../conformance/check-allocator.ts";
import { RULES, type RuleId } from "../conformance/rules.ts";
import type { CompareSettings } from "./compare.ts";
import type { ReplaySettings } from "./replay.ts";

/** As commander hands them over. */
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

/** Options of every command. */
export function common(command: Command, limited: string): Command {
  return command
    .option("--export <name>", "the export that makes the allocator", "default")
    .option("--time-limit <seconds>", `the most seconds that ${limited} may take`, seconds, 60)
    .option("--json", "print the result as JSON");
}

/** Options of a check. */
export function checking(command: Command): Command {
  return command
    .option("--programs <number>", "how many random programs", positive, 100)
    .option("--steps <number>", "the most steps of a program", positive, 100)
    .option("--seed <number>", "makes the same programs again; random unless given", integer)
    .option("--max-size <bytes>", "the most bytes of a request that may well be served", positive, 65536)
    .option("--max-align <bytes>", "the largest align", align, 65536)
    .option("--skip <rule=reason>", "a rule that is not tried, and why; may be given again", skip, {});
}

/** Options of a replay. */
export function replaying(command: Command): Command {
  return command
    .option("--align <bytes>", "the least align of every request", align, 8)
    .option("--max-trace <MiB>", "the most MiB that a trace may have, uncompressed", positive, 256);
}

/** Options of a race. */
export function racing(command: Command): Command {
  return command.option("--rounds <number>", "how often each trace is timed", positive, 9);
}

/** What was given to a replay, as it takes it. */
export function replaySettingsOf({ align, timeLimit, maxTrace }: Given): ReplaySettings {
  return { align, seconds: timeLimit, maxBytes: maxTrace * 2 ** 20 };
}

/** What was given to a check or a comparison, as they take it. */
export function settingsOf(given: Given): CompareSettings {
  const { programs, steps, maxSize, maxAlign, skip = {}, rounds } = given;
  const seed = given.seed === undefined ? {} : { seed: given.seed };
  return { options: { programs, steps, maxSize, maxAlign, skip, ...seed }, ...replaySettingsOf(given), rounds };
}

function skip(text: string, before: CheckOptions["skip"]): CheckOptions["skip"] {
  const [, rule, reason] = /^([\d.]+)=(.*\S.*)$/.exec(text) ?? [];
  const known = RULES.some(({ id }) => id === rule);
  if (!known)
    throw new InvalidArgumentError('Expected a rule of the contract and a reason, such as 9.1="it has no end".');
  return { ...before, [rule as RuleId]: reason! };
}

function align(text: string): number {
  const value = Number(text);
  if (!isAlignment(value)) throw new InvalidArgumentError("Expected a power of two up to 2147483648.");
  return value;
}

function integer(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || Math.abs(value) >= 2 ** 31)
    throw new InvalidArgumentError("Expected an integer of 32 bits.");
  return value;
}

function positive(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value >= 2 ** 32)
    throw new InvalidArgumentError("Expected an integer from 1.");
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 86400))
    throw new InvalidArgumentError("Expected seconds, more than 0 and at most 86400.");
  return value;
}
