/**
 * docs/peers.md: the findings, without a word that differs from run to run.
 *
 * @module
 */

import { type CheckReport, RULES, type RuleViolation } from "@alloc/testkit";
import { markdown } from "../../../checks/support/markdown.ts";
import { type Finding, SETTINGS } from "./alloc-check.ts";
import type { Contender, Run } from "./contenders.ts";
import { GROWING } from "./growing.ts";

export interface Checked {
  readonly contender: Contender;
  readonly version: string;
  readonly runs: readonly { readonly run: Run; readonly finding: Finding }[];
}

export function documentText(all: readonly Checked[], node: string): string {
  return `${[intro(node), summary(all), ...all.map(section)].join("\n\n")}\n`;
}

function intro(node: string): string {
  return `# Peers, checked

Allocators of other projects, unmodified from npm, tried by [the kit](../packages/testkit) against [the contract](contract.md).
Made by \`npm run peers\`, on Node ${node}; the adapters are [here](../benchmarks/src/peers).

None of them promised our contract. What a peer lacks, or does not claim to detect, is not tried and is listed under “Not tried”.
Each section says what the adapter adds or declares. A broken rule comes with the shortest program that the kit found for it. Any
user of \`alloc-check\` gets the same results, here with the adapters in \`benchmarks/dist/peers\`:

\`\`\`sh
alloc-check <adapter> --export <export> ${SETTINGS.join(" ")}
alloc-check replay <adapter> growing.trace
\`\`\`

The trace is two buffers that grow in turn, to 16 KiB each, in 1 MiB or more. Every resize has to move, and at most three such
buffers are live at once:

\`\`\`js
${GROWING}
\`\`\``;
}

function summary(all: readonly Checked[]): string {
  const rows = all.map(({ contender, version, runs }) => {
    const broken = new Set(runs.flatMap(({ finding }) => brokenBy(finding)));
    const found = (is: (run: Run) => boolean) => runs.find(({ run }) => is(run))?.finding.fault;
    const grows = found(({ kind }) => kind === "replay");
    const twice = found((run) => run.export === "twice");
    return [
      titleOf(contender, version),
      RULES.filter(({ id }) => broken.has(id))
        .map(({ id }) => id)
        .join(", ") || "none",
      grows === undefined ? "not tried" : grows === "" ? "served" : "**fails**",
      twice === undefined ? "not tried" : twice === "" ? "goes on" : "**fails**",
    ];
  });
  const head = ["peer", "broken rules", "two buffers that grow in turn", "after a second release"];
  return markdown([head, ...rows]);
}

function section({ contender, version, runs }: Checked): string {
  const first = runs[0]!.finding;
  const texts = runs.map(({ run, finding }) => runText(run, finding, finding === first ? undefined : first));
  return [`## ${titleOf(contender, version)}`, contender.about, ...texts.flat()].join("\n\n");
}

/** @param first - the first check of the same peer; its findings are not repeated */
function runText(run: Run, finding: Finding, first: Finding | undefined): string[] {
  const note = [...(run.note === undefined ? [] : [run.note]), `Export: \`${run.export}\`.`].join(" ");
  const fails = finding.fault !== "" || brokenBy(finding).length > 0;
  const because = fails && run.because ? [run.because] : [];
  return [`### ${run.title}`, note, ...findingText(run, finding, first), ...because];
}

function findingText({ kind }: Run, { report, fault, program }: Finding, first?: Finding): string[] {
  if (fault !== "") {
    const before = report?.violations.map(violationText) ?? [];
    return [`**Fails**: ${fault}.`, ...(program === "" ? [] : [fence(program)]), ...before];
  }
  if (kind === "replay") return ["Serves every request, and every byte keeps its value."];
  const { violations, skipped, operations, served, refused } = report!;
  const ran = `${number(operations)} operations, ${number(served)} requests served, ${number(refused)} refused with NULL`;
  const known = new Set(first === undefined ? [] : brokenBy(first));
  const broken = violations.filter(({ rule }) => !known.has(rule));
  const other = known.size === 0 ? "" : " beside those above";
  const verdict =
    broken.length === 0 ? `Breaks no rule${other}` : `**Breaks** ${broken.map(({ rule }) => rule).join(", ")}${other}`;
  const untried = skipped.filter(
    ({ rule, reason }) => !first?.report?.skipped.some((it) => it.rule === rule && it.reason === reason),
  );
  return [`${verdict}: ${ran}.`, ...broken.map(violationText), ...untriedText(untried)];
}

function violationText({ rule, title, message, program }: RuleViolation): string {
  return `**${rule}** ${title}. Here: ${message.replace(/;? threw /, " threw ")}.\n\n${fence(program)}`;
}

function untriedText(skipped: CheckReport["skipped"]): string[] {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  const lines = reasons.map((reason) => {
    const rules = skipped.filter((each) => each.reason === reason).map(({ rule }) => rule);
    return `- ${rules.join(", ")}: ${reason}`;
  });
  return lines.length === 0 ? [] : [`Not tried:\n\n${lines.join("\n")}`];
}

function brokenBy({ report }: Finding): readonly string[] {
  return report?.violations.map(({ rule }) => rule) ?? [];
}

function titleOf({ name, part }: Contender, version: string): string {
  return `\`${name}\` ${version}: ${part}`;
}

function fence(program: string): string {
  return `\`\`\`js\n${program}\n\`\`\``;
}

function number(value: number): string {
  return value.toLocaleString("en");
}
