/**
 * The rules of the contract, as the kit checks them. docs/contract.md has them by the same numbers.
 *
 * @module
 */

import { printable } from "../printable.ts";
import { RULE_TABLE } from "./rule-table.ts";

/** A rule of the contract. */
export interface Rule {
  /** Its number in docs/contract.md. */
  readonly id: RuleId;
  /** What holds where the rule is kept. */
  readonly title: string;
  /** What goes wrong where it is not. */
  readonly reason: string;
  /** Who else checks it, or was bitten by it. */
  readonly source: string;
}

/** The number of a rule. */
export type RuleId = keyof typeof RULE_TABLE;

/** A chapter of the contract: what its rules have in common. */
export interface Chapter {
  /** Its number, with which the numbers of its rules begin. */
  readonly id: string;
  readonly title: string;
}

/** The chapters of the contract that the kit checks; the one that is missing follows from the others. */
export const CHAPTERS: readonly Chapter[] = [
  { id: "1", title: "blocks are aligned, inside the memory, disjoint and left alone; NULL changes nothing" },
  { id: "2", title: "usableSize tells what every block has, and every layout that fits is taken" },
  { id: "3", title: "size 0 is legal and costs nothing" },
  { id: "4", title: "grow and shrink keep the bytes, or leave the block as it was" },
  { id: "5", title: "what is asked for zeroed is zero" },
  { id: "6", title: "the misuse that an allocator declares to detect is seen, and changes nothing" },
  { id: "7", title: "a chain has one memory, and each heap once" },
  { id: "8", title: "a memory that grows confuses nobody" },
  { id: "9", title: "an end ends everything and gives it back, whatever throws; what is lent outlives it" },
  { id: "11", title: "a capability does what it says" },
  { id: "12", title: "an allocator tells what it holds and what it is" },
];

/** All rules, in their order. */
export const RULES: readonly Rule[] = (Object.keys(RULE_TABLE) as RuleId[]).map((id) => {
  const [title, reason, source] = RULE_TABLE[id];
  return { id, title, reason, source };
});

/** Thrown inside the kit where a rule is broken. Its message is one line, whatever an allocator threw or returned. */
export class Violation extends Error {
  readonly rule: RuleId;

  constructor(rule: RuleId, message: string) {
    super(printable(message));
    this.rule = rule;
  }
}

/** Throws a violation of a rule unless something holds. */
export function expectRule(rule: RuleId, holds: boolean, message: () => string): void {
  if (!holds) throw new Violation(rule, message());
}

/** Answers the chapter of a rule. */
export function chapterOf(rule: RuleId): string {
  return rule.slice(0, rule.indexOf("."));
}
