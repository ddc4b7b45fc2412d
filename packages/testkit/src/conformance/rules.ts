/**
 * The rules of the contract that the kit checks, numbered as in docs/contract.md.
 *
 * @module
 */
import { printable } from "../printable.ts";
import { RULE_TABLE } from "./rule-table.ts";

/** A rule of the contract. */
export interface Rule {
  /** Its number in docs/contract.md. */
  readonly id: RuleId;
  /** The property that must hold. */
  readonly title: string;
  /** What goes wrong if it does not. */
  readonly reason: string;
  /** Projects that check it too, or had a bug of the kind. */
  readonly source: string;
}

/** The number of a rule. */
export type RuleId = keyof typeof RULE_TABLE;

/** A chapter of the contract: a group of related rules. */
export interface Chapter {
  /** Its number, the prefix of the numbers of its rules. */
  readonly id: string;
  /** What its rules are about. */
  readonly title: string;
}

/** The chapters of the contract that the kit checks; the missing one follows from the others. */
export const CHAPTERS: readonly Chapter[] = [
  { id: "1", title: "blocks are aligned, inside the memory, disjoint and never written to; NULL changes nothing" },
  { id: "2", title: "usableSize holds for every block, and every layout that fits is accepted" },
  { id: "3", title: "size 0 is legal and costs nothing" },
  { id: "4", title: "grow and shrink keep the bytes, or leave the block unchanged" },
  { id: "5", title: "zeroed memory is zero" },
  { id: "6", title: "declared misuse is detected and changes nothing" },
  { id: "7", title: "a chain uses one memory, and each heap once" },
  { id: "8", title: "the memory may grow at any time" },
  { id: "9", title: "an end releases everything, whatever throws; lent allocators outlive it" },
  { id: "11", title: "every capability does what it promises" },
  { id: "12", title: "an allocator reports its footprint and describes itself" },
];

/** All rules, in order. */
export const RULES: readonly Rule[] = (Object.keys(RULE_TABLE) as RuleId[]).map((id) => {
  const [title, reason, source] = RULE_TABLE[id];
  return { id, title, reason, source };
});

/** Thrown inside the kit when a rule is broken. Its message is one line, whatever the allocator threw or returned. */
export class Violation extends Error {
  readonly rule: RuleId;

  constructor(rule: RuleId, message: string) {
    super(printable(message));
    this.rule = rule;
  }
}

/** Throws a violation of a rule unless the condition holds. */
export function expectRule(rule: RuleId, holds: boolean, message: () => string): void {
  if (!holds) throw new Violation(rule, message());
}

/** Returns the chapter of a rule. */
export function chapterOf(rule: RuleId): string {
  return rule.slice(0, rule.indexOf("."));
}
