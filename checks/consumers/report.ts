/**
 * The outcomes as a document: a table for each group, followed by its failures.
 *
 * @module
 */
import type { Consumer, Outcome } from "./consumer.ts";

/** A consumer and its outcome. */
export interface Tried {
  readonly consumer: Consumer;
  readonly outcome: Outcome;
}

/** The outcome as text, for a cell or a line. */
export function outcomeText(outcome: Outcome): string {
  if (outcome.kind === "ok") return "ok";
  return outcome.kind === "absent" ? outcome.why : outcome.fault;
}

/** Writes docs/consumers.md. */
export function documentText(tried: readonly Tried[], node: string): string {
  const groups = unique(tried.map(({ consumer }) => consumer.group));
  return `# Consumers

\`npm run consumers\` packs the packages, installs the tarballs into real projects, runs each of them, and writes this page. A cell
is *ok*, the first line of the fault, or why it could not be tried. The commands ran on Node ${node} unless the row names another
one. The projects are in [checks/consumers](../checks/consumers).
${groups.map((group) => groupText(group, tried)).join("")}`;
}

function groupText(group: string, all: readonly Tried[]): string {
  const tried = all.filter(({ consumer }) => consumer.group === group);
  const rows = unique(tried.map(({ consumer }) => consumer.row));
  const columns = unique(tried.map(({ consumer }) => consumer.column));
  const cell = (row: string, column: string) => {
    const found = tried.find(({ consumer }) => consumer.row === row && consumer.column === column);
    return found === undefined ? "" : outcomeText(found.outcome).replaceAll("|", "\\|");
  };
  const lines = rows.map((row) => [row, ...columns.map((column) => cell(row, column))]);
  const tools = unique(
    tried.flatMap(({ consumer }) => Object.entries(consumer.tools).map(([name, it]) => `${name} ${it}`)),
  );
  return `
## ${group}

| | ${columns.join(" | ")} |
|---|${columns.map(() => "---|").join("")}
${lines.map((line) => `| ${line.join(" | ")} |`).join("\n")}

${tools.join(" · ")}
`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
