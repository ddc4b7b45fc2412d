/**
 * The rules of the contract, as the kit checks them. docs/contract.md has them by the same numbers.
 *
 * @module
 */

/** A rule of the contract. */
export interface Rule {
  /** Its number in docs/contract.md. */
  readonly id: RuleId;
  /** What holds where the rule is kept. */
  readonly title: string;
}

const TITLES = {
  "1.1": "a block starts at a multiple of its align",
  "1.2": "a block lies inside the memory, at an integer address",
  "1.3": "the usable bytes of live blocks are disjoint",
  "1.4": "nobody writes into a live block",
  "1.5": "an answer of NULL leaves everything as it was",
  "1.6": "a legal call never throws",
  "2.1": "usableSize is 0 or at least the size",
  "2.2": "usableSize is monotone in the size",
  "2.3": "usableSize of its own answer is the same",
  "2.4": "a layout whose usableSize is 0 is never served",
  "2.5": "every layout that fits a block is taken for it",
  "3.1": "a request of size 0 is answered with the dangling address",
  "3.2": "a release of size 0 does nothing",
  "3.3": "growing from size 0 allocates, shrinking to 0 releases",
  "3.4": "usableSize of size 0 is 0",
  "3.5": "owns denies dangling addresses up to align 32 KiB",
  "4.1": "grow and shrink keep the bytes of the smaller size",
  "4.2": "a grow or shrink answered with NULL leaves the block as it was",
  "5.1": "allocateZeroed clears all usable bytes",
  "5.2": "growZeroed clears the bytes from the old size on",
  "6.1": "a second release of a block is seen, if declared",
  "6.2": "an address inside a block is seen, if declared",
  "6.3": "a foreign address is seen, if declared",
  "6.4": "a layout of another size is seen, if declared",
  "6.5": "misuse that is seen changes nothing",
  "8.1": "a memory grown by someone else confuses nobody",
  "9.1": "dispose gives all chunks back to the parent",
  "9.2": "a second dispose does nothing",
  "9.3": "every call after dispose throws MisuseError(disposed)",
  "9.4": "what is lent cannot be reset, and outlives its borrower's dispose",
  "11.1": "owns claims every byte of a live block, and not NULL",
  "11.2": "reset makes room for all that there was room for",
  "11.3": "resizeInPlace keeps the block where it is, or says false and changes nothing",
  "11.4": "a block is taken back by the size that sizeAt tells",
  "11.5": "check finds nothing wrong",
  "11.6": "trim keeps every live block",
  "12.1": "the footprint holds all live bytes, and its peak is the highest so far",
  "12.2": "describe answers plain data",
} as const;

/** The number of a rule. */
export type RuleId = keyof typeof TITLES;

/** A chapter of the contract: what its rules have in common. */
export interface Chapter {
  /** Its number, with which the numbers of its rules begin. */
  readonly id: string;
  readonly title: string;
}

/** The chapters of the contract that the kit checks; those that are missing hold for combinators, which test them. */
export const CHAPTERS: readonly Chapter[] = [
  { id: "1", title: "blocks are aligned, inside the memory, disjoint and left alone; NULL changes nothing" },
  { id: "2", title: "usableSize tells what every block has, and every layout that fits is taken" },
  { id: "3", title: "size 0 is legal and costs nothing" },
  { id: "4", title: "grow and shrink keep the bytes, or leave the block as it was" },
  { id: "5", title: "what is asked for zeroed is zero" },
  { id: "6", title: "the misuse that an allocator declares to see is seen, and changes nothing" },
  { id: "8", title: "a memory that grows confuses nobody" },
  { id: "9", title: "dispose ends an allocator and gives everything back; what is lent outlives it" },
  { id: "11", title: "a power does what it says" },
  { id: "12", title: "an allocator tells what it holds and what it is" },
];

/** All rules, in their order. */
export const RULES: readonly Rule[] = (Object.keys(TITLES) as RuleId[]).map((id) => ({ id, title: TITLES[id] }));

/** Thrown inside the kit where a rule is broken. */
export class Violation extends Error {
  readonly rule: RuleId;

  constructor(rule: RuleId, message: string) {
    super(message);
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
