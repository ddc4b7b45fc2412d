#!/usr/bin/env node
/**
 * alloc-check: finds faults in an allocator and prints a short program that shows each.
 *
 *     exit code 0    no fault found, and everything was tested
 *               1    a fault was found, the time limit was reached, or no request was served
 *               2    usage error: an unknown option, a missing module, a damaged trace
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { printable, printableJson, printableLines } from "../printable.ts";
import { checkModule } from "./check.ts";
import { compareModules } from "./compare.ts";
import { checking, common, type Given, racing, replaying, replaySettingsOf, settingsOf } from "./options.ts";
import { progressOf } from "./progress.ts";
import { type ReplayResult, replayTrace } from "./replay.ts";
import { checkText, compareText, replayText } from "./text.ts";
import { requireTraces } from "./trace-file.ts";
import { oneLine } from "./usage.ts";

const FOUND = 1;
const USAGE = 2;
const args = process.argv.slice(2);

const program = new Command("alloc-check")
  .description("Finds faults in an allocator and prints the few calls that show each.")
  .exitOverride()
  .addHelpText(
    "after",
    `
A module exports a function that makes an allocator: one of @alloc, an object with memory, allocate and deallocate,
or an object with memory, malloc and free.

For the options of a command, run alloc-check <command> --help.

Examples:
  $ alloc-check ./my-allocator.js
  $ alloc-check ./my-allocator.js --export makeHeap --programs 1000 --seed 7
  $ alloc-check replay ./my-allocator.js recorded.trace.gz
  $ alloc-check compare ./my-allocator.js ./the-old-one.js recorded.trace.gz

Exit code: 0 no fault found, 1 fault found or not finished, 2 usage error.`,
  );

checking(common(program.command("check", { isDefault: true }), "the check"))
  .description("check a module's allocator against the rules of the contract (the default command)")
  .argument("<module>", "path of a file, or name of a package")
  .addHelpText("after", examples('./my-allocator.js --time-limit 10 --skip 9.3="never disposed"'))
  .action(async (module: string, given: Given) => {
    const settings = settingsOf(given);
    const result = await checkModule({ module, name: given.export }, settings, progressOf(given.json === true));
    finish(result, given, () => checkText(result, settings.seconds, againOf(result.seed)));
  });

replaying(common(program.command("replay"), "a trace"))
  .description("replay recorded programs through a module's allocator and verify every block")
  .argument("<module>", "path of a file, or name of a package")
  .argument("<trace...>", "files in the trace format, optionally gzip, or .rep files of the malloc lab")
  .addHelpText("after", examples("replay ./my-allocator.js traces/*.trace.gz --align 16"))
  .action(async (module: string, traces: string[], given: Given) => {
    await requireTraces(traces);
    const progress = progressOf(given.json === true);
    const settings = replaySettingsOf(given);
    const replays: ReplayResult[] = [];
    for (const trace of traces) {
      replays.push(await replayTrace({ module, name: given.export }, trace, settings, progress));
    }
    const result = { ok: replays.every(({ ok }) => ok), replays };
    finish(result, given, () => replayText(replays));
  });

racing(replaying(checking(common(program.command("compare"), "each check, each replay and each race"))))
  .description("check two modules, then replay and time recorded programs through both")
  .argument("<module>", "path of a file, or name of a package")
  .argument("<other>", "the module to compare it with")
  .argument("[trace...]", "files in the trace format, optionally gzip, or .rep files of the malloc lab")
  .addHelpText("after", examples("compare ./my-allocator.js ./the-old-one.js recorded.trace.gz"))
  .action(async (module: string, other: string, traces: string[], given: Given) => {
    await requireTraces(traces);
    const sources = [module, other].map((module) => ({ module, name: given.export }));
    const result = await compareModules(sources, traces, settingsOf(given), progressOf(given.json === true));
    finish(result, given, () => compareText(result));
  });

try {
  await program.parseAsync(args, { from: "user" });
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE;
  else {
    const { name, message } = error as { name?: string; message?: string };
    process.stderr.write(`error: ${name === "UsageError" ? printable(message) : oneLine(error)}\n`);
    process.exitCode = USAGE;
  }
}

function finish(result: { readonly ok: boolean }, given: Given, text: () => string): void {
  console.log(given.json === true ? printableJson(result) : printableLines(text()));
  if (!result.ok) process.exitCode = FOUND;
}

/** Returns the command that repeats the check with the chosen seed. */
function againOf(seed: number): string {
  const quoted = args.map((arg) => (/^[\w./=:@-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`));
  const chosen = args.some((arg) => /^--seed(=|$)/.test(arg)) ? [] : ["--seed", `${seed}`];
  return ["npx alloc-check", ...quoted, ...chosen].join(" ");
}

function examples(line: string): string {
  return `\nExample:\n  $ alloc-check ${line}`;
}
