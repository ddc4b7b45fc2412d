/**
 * How a report is printed for people.
 *
 * @module
 */
import type { CheckReport, RuleViolation } from "./check-allocator.ts";

/**
 * Prints what a check found: each broken rule with the program that shows it, and how to run the check again.
 */
export function reportText(report: CheckReport): string {
  const { violations, operations, served, refused, seed } = report;
  const ran = `${operations} operations, ${served} requests served, ${refused} answered with NULL; seed ${seed}`;
  if (violations.length === 0) return `kept every rule that was tried: ${ran}`;
  return [
    ...violations.map(violationText),
    `broke ${violations.length} ${violations.length === 1 ? "rule" : "rules"}: ${ran}`,
  ].join("\n\n");
}

function violationText({ rule, title, message, program }: RuleViolation): string {
  const lines = program.split("\n").map((line) => `    ${line}`);
  return [`rule ${rule}: ${title}`, `  ${message}`, ...lines].join("\n");
}
