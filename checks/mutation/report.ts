/**
 * What `npm run mutate` runs when Stryker is done: prints what it found, and writes docs/mutation.md.
 *
 *     node report.js [the report of Stryker as JSON]
 *
 * Exit code 1 if a package is below 85 % or a survivor has no reason.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { faultsOf, judge } from "./judge.ts";
import { REASONS } from "./survivors.ts";
import { documentText } from "./text.ts";

const LEAST = 85;
const [path = "node_modules/.stryker-report.json"] = process.argv.slice(2);

const judgement = judge(JSON.parse(readFileSync(path, "utf8")), REASONS);
const text = documentText(judgement, LEAST);
writeFileSync("docs/mutation.md", text);
console.log(text);
for (const { reason, changes } of judgement.explained) {
  if (changes.length === 0)
    console.error(`${reason.file}: nothing survives any more that is explained by “${reason.why}”`);
}
const faults = faultsOf(judgement, LEAST);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
