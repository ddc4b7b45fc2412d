/**
 * npm run consumers: tries the packages in real projects, one after the other, and writes docs/consumers.md.
 *
 * Exit code 0: nothing failed. 1: something failed. 2: the command line is wrong.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "../support/shell.ts";
import type { Consumer } from "./consumer.ts";
import { tryOut } from "./project.ts";
import { documentText, outcomeText, type Tried } from "./report.ts";
import { CONSUMERS, nameOf } from "./table.ts";
import { pack } from "./tarballs.ts";

const DOCUMENT = "docs/consumers.md";

const HELP = `Usage: npm run consumers -- [options]

Packs the packages, installs the tarballs into real projects, and runs each of them. Without --only and --quick it writes
docs/consumers.md. Tools are kept in a temporary folder, and installed from npm if missing.

Options:
  --only <text>  try only consumers whose name contains the text: "Vite", "TypeScript 5.4", "strict CSP"
  --quick        try only a few, in less than a minute
  --list         print the names, and try nothing
  --json         print the outcomes as JSON
  --help         print this help`;

interface Options {
  readonly only?: string;
  readonly quick?: boolean;
  readonly list?: boolean;
  readonly json?: boolean;
  readonly help?: boolean;
}

/** Parses the command line; a wrong one ends in a line on stderr. */
function read(args: readonly string[]): Options | undefined {
  const flag = { type: "boolean" } as const;
  try {
    const options = { only: { type: "string" }, quick: flag, list: flag, json: flag, help: flag } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    console.error(`error: ${(error as Error).message}`);
    return undefined;
  }
}

function chosen({ only, quick }: Options): readonly Consumer[] {
  const text = only?.toLowerCase();
  return CONSUMERS.filter((it) => text === undefined || nameOf(it).toLowerCase().includes(text)).filter(
    (it) => !quick || it.quick === true,
  );
}

async function tryAll(consumers: readonly Consumer[], root: string): Promise<Tried[]> {
  const temporary = await mkdtemp(join(tmpdir(), "alloc-tarballs-"));
  try {
    console.error("packing and installing the packages …");
    const setting = { root, tarballs: await pack(root, temporary) };
    const tried: Tried[] = [];
    for (const [index, consumer] of consumers.entries()) {
      const outcome = await tryOut(consumer, setting);
      const seconds = outcome.kind === "ok" ? ` (${outcome.seconds.toFixed(1)} s)` : "";
      console.error(`${index + 1}/${consumers.length}  ${nameOf(consumer)}: ${outcomeText(outcome)}${seconds}`);
      tried.push({ consumer, outcome });
    }
    return tried;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Prints the failures in full, and returns their number. */
function tell(tried: readonly Tried[], json: boolean): number {
  const failed = tried.filter(({ outcome }) => outcome.kind === "failed");
  if (json)
    console.log(
      JSON.stringify(
        tried.map(({ consumer, outcome }) => ({ name: nameOf(consumer), ...outcome })),
        undefined,
        2,
      ),
    );
  else {
    for (const { consumer, outcome } of failed)
      console.log(`\n${nameOf(consumer)}\n${outcome.kind === "failed" ? outcome.output.slice(0, 4000) : ""}`);
    const absent = tried.filter(({ outcome }) => outcome.kind === "absent").length;
    console.log(`${tried.length - failed.length - absent} ok, ${failed.length} failed, ${absent} not tried`);
  }
  return failed.length;
}

const options = read(process.argv.slice(2));
const consumers = options === undefined ? [] : chosen(options);
if (options?.help) console.log(HELP);
else if (options?.list) console.log(consumers.map(nameOf).join("\n"));
else if (options === undefined || consumers.length === 0) {
  if (options !== undefined)
    console.error(`error: no consumer's name contains ${JSON.stringify(options.only)}; --list prints them`);
  process.exitCode = 2;
} else {
  const root = process.cwd();
  const tried = await tryAll(consumers, root);
  process.exitCode = tell(tried, options.json === true) === 0 ? 0 : 1;
  const isWhole = options.only === undefined && !options.quick;
  if (isWhole) {
    await writeFile(join(root, DOCUMENT), documentText(tried, process.versions.node));
    // Tables as wide as the check of formats wants them.
    await run(["biome", "format", "--write", DOCUMENT], root);
  }
}
