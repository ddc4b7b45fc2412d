/**
 * `npm run mutate`: runs Stryker over one package after the other, reports what no test catches, and writes docs/mutation.md.
 *
 *     npm run mutate                            all packages
 *     npm run mutate -- owned scoped            only these; the document keeps the sections of the others
 *     npm run mutate -- owned/vec               one folder of a package; the results of its other folders are kept
 *     npm run mutate -- owned --incremental     any option of Stryker; this one tries only what changed since the last such run
 *     npm run mutate -- owned --report          no run: reports the last one again
 *
 * A package is tried folder by folder. Each result is saved when its folder is done, so a run that is stopped loses little.
 *
 * Exit code 1 if a package is below 90 %, a survivor has no reason or a file was not tried as it is now; 2 for a package or a folder
 * that does not exist.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { faultsOf, judge, type MutationReport, upToDate } from "./judge.ts";
import { LEAST, REASONS } from "./survivors.ts";
import { documentText, sectionOf, sectionsIn } from "./text.ts";

const DOCUMENT = "docs/mutation.md";
const WRITTEN = "node_modules/.stryker-report.json";
const reportPath = (name: string) => `node_modules/.stryker-report-${name}.json`;
const sources = (name: string) => `packages/${name}/src`;
const read = (path: string) => readFileSync(path, "utf8");

const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith("--") && arg !== "--report");
const named = args.filter((arg) => !arg.startsWith("--"));
const asked = named.length === 0 ? Object.keys(REASONS) : named;
const known = Object.keys(REASONS).flatMap((name) => [name, ...foldersOf(name).map((folder) => `${name}/${folder}`)]);
const unknown = asked.find((name) => !known.includes(name));
if (unknown === undefined) mutateAll();
else {
  console.error(`error: ${unknown.slice(0, 40)} is not tried: expected one of ${known.join(", ")}`);
  process.exitCode = 2;
}

function mutateAll(): void {
  const names = new Set(asked.map((name) => name.split("/")[0]!));
  for (const name of names) {
    if (!args.includes("--report")) {
      const parts = asked.includes(name)
        ? ["", ...foldersOf(name)]
        : foldersOf(name).filter((folder) => asked.includes(`${name}/${folder}`));
      for (const part of parts) run(name, part);
    }
    report(name);
  }
}

function foldersOf(name: string): string[] {
  return readdirSync(sources(name), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/**
 * Runs Stryker over one folder of a package; "" for the files in none. The result stays in a file, so that reasons can be added and
 * reported without a run.
 */
function run(name: string, part: string): void {
  const config = "checks/mutation/stryker.config.json";
  const own = ["--mutate", part === "" ? `${sources(name)}/*.ts` : `${sources(name)}/${part}/**/*.ts`];
  const saved = ["--incrementalFile", `node_modules/.stryker-incremental-${name}-${part}.json`];
  const { status } = spawnSync("stryker", ["run", config, ...own, ...saved, ...options], {
    stdio: ["ignore", 2, 2],
    env: { ...process.env, ALLOC_MUTATE: name },
  });
  if (status !== 0) throw new Error(`Stryker failed on ${name}/${part}: see above`);
  const { files } = JSON.parse(read(WRITTEN)) as MutationReport;
  // Stryker leaves out files in which it found nothing to change.
  const empty = filesOf(name)
    .filter((file) => partOf(file) === part)
    .map((file) => [file, { source: read(file), mutants: [] }]);
  writeFileSync(
    reportPath(name),
    JSON.stringify({ files: { ...savedReport(name).files, ...Object.fromEntries(empty), ...files } }),
  );
}

/** Returns what is known of a package: the results of files that are still as they were. */
function savedReport(name: string): MutationReport {
  const path = reportPath(name);
  return existsSync(path)
    ? upToDate(JSON.parse(read(path)), (file) => (existsSync(file) ? read(file) : ""))
    : { files: {} };
}

/** Prints the result of a run, and writes it to the document. */
function report(name: string): void {
  const saved = savedReport(name);
  const judgement = judge(saved, REASONS[name]!);
  const [section] = judgement.packages.map(({ total, files }) => sectionOf(judgement, total, files));
  if (section === undefined) throw new Error(`${name} was not tried yet: run npm run mutate -- ${name}`);
  const sections = new Map(sectionsIn(read(DOCUMENT)));
  sections.set(section.total.name, section);
  writeFileSync(DOCUMENT, documentText([...sections.values()], LEAST));
  console.log(section.text);
  for (const { reason, changes } of judgement.explained) {
    if (changes.length === 0) console.error(`${reason.file}: no survivor needs the reason “${reason.why}”`);
  }
  const faults = [...faultsOf(judgement, LEAST), ...untried(name, saved)];
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}

/** Returns a sentence for each file without a result. */
function untried(name: string, { files }: MutationReport): string[] {
  return filesOf(name)
    .filter((file) => files[file] === undefined)
    .map(
      (file) =>
        `${file} was not tried as it is now: run npm run mutate -- ${[name, partOf(file)].filter(Boolean).join("/")}`,
    );
}

/** Returns the paths of the sources of a package. */
function filesOf(name: string): string[] {
  return readdirSync(sources(name), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `${sources(name)}/${file}`);
}

/** Returns the folder of a package that a file lies in; "" if in none. */
function partOf(file: string): string {
  return file.split("/").slice(3, -1)[0] ?? "";
}
