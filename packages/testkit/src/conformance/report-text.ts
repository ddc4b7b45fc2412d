/**
 * How a report is printed for people.
 *
 * @module
 */
import type { CheckReport, RuleViolation } from "./check-allocator.ts";

/**
 * Prints what a check found: each broken rule with the program that shows it, how to run the check again, and which rules were
 * not tried, with the reason.
 */
export function reportText(report: CheckReport): string {
  const { violations, operations, served, refused, seed } = report;
  const ran = `${operations} operations, ${served} requests served, ${refused} answered with NULL; seed ${seed}`;
  const verdict =
    violations.length === 0
      ? `kept every rule that was tried: ${ran}`
      : `broke ${violations.length} ${violations.length === 1 ? "rule" : "rules"}: ${ran}`;
  return [...violations.map(violationText), verdict, ...untriedText(report)].join("\n\n");
}

/** Prints the rules that were not tried, a line for each reason; nothing if all were. */
export function untriedText({ skipped }: CheckReport): string[] {
  const reasons = [...new Set(skipped.map(({ reason }) => reason))];
  const lines = reasons.map((reason) => {
    const rules = skipped.filter((each) => each.reason === reason).map(({ rule }) => rule);
    return `  ${rules.join(", ")}: ${reason}`;
  });
  return lines.length === 0 ? [] : [["not tried:", ...lines].join("\n")];
}

function violationText({ rule, title, message, program }: RuleViolation): string {
  const lines = program.split("\n").map((line) => `    ${line}`);
  return [`rule ${rule}: ${title}`, `  ${message}`, ...lines].join("\n");
}
