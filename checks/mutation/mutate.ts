/**
 * `npm run mutate`: runs Stryker over one package after the other, reports what no test catches, and writes docs/mutation.md.
 *
 *     npm run mutate                            all packages
 *     npm run mutate -- owned scoped            only these; the document keeps the sections of the others
 *     npm run mutate -- owned --incremental     any option of Stryker; this one tries only what changed since the last such run
 *     npm run mutate -- owned --report          no run: reports the last one again
 *
 * Exit code 1 if a package is below 90 % or a survivor has no reason, 2 for a package that is not tried.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { faultsOf, judge } from "./judge.ts";
import { LEAST, REASONS } from "./survivors.ts";
import { documentText, sectionOf, sectionsIn } from "./text.ts";

const DOCUMENT = "docs/mutation.md";
const WRITTEN = "node_modules/.stryker-report.json";
const reportPath = (name: string) => `node_modules/.stryker-report-${name}.json`;

const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith("--") && arg !== "--report");
const named = args.filter((arg) => !arg.startsWith("--"));
const names = named.length === 0 ? Object.keys(REASONS) : named;
const unknown = names.find((name) => REASONS[name] === undefined);
if (unknown === undefined) mutateAll();
else {
  console.error(`error: ${unknown.slice(0, 40)} is not tried: expected one of ${Object.keys(REASONS).join(", ")}`);
  process.exitCode = 2;
}

function mutateAll(): void {
  for (const name of names) {
    if (!args.includes("--report")) run(name);
    report(name);
  }
}

/** Runs Stryker over one package. The result stays in a file, so that reasons can be added and reported without a run. */
function run(name: string): void {
  const config = "checks/mutation/stryker.config.json";
  const own = ["--mutate", `packages/${name}/src/**/*.ts`];
  const saved = ["--incrementalFile", `node_modules/.stryker-incremental-${name}.json`];
  const { status } = spawnSync("stryker", ["run", config, ...own, ...saved, ...options], {
    stdio: ["ignore", 2, 2],
    env: { ...process.env, ALLOC_MUTATE: name },
  });
  if (status !== 0) throw new Error(`Stryker failed on ${name}: see above`);
  renameSync(WRITTEN, reportPath(name));
}

/** Prints the result of a run, and writes it to the document. */
function report(name: string): void {
  const path = reportPath(name);
  if (!existsSync(path)) throw new Error(`${name} was not tried yet: run npm run mutate -- ${name}`);
  const judgement = judge(JSON.parse(readFileSync(path, "utf8")), REASONS[name]!);
  const sections = new Map(sectionsIn(readFileSync(DOCUMENT, "utf8")));
  const [section] = judgement.packages.map(({ total, files }) => sectionOf(judgement, total, files));
  sections.set(section!.total.name, section!);
  writeFileSync(DOCUMENT, documentText([...sections.values()], LEAST));
  console.log(section!.text);
  for (const { reason, changes } of judgement.explained) {
    if (changes.length === 0) console.error(`${reason.file}: no survivor needs the reason “${reason.why}”`);
  }
  const faults = faultsOf(judgement, LEAST);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}
