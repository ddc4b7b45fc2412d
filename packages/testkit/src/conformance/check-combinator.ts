/**
 * checkCombinator: tests that a combinator refuses invalid members and then has taken nothing.
 *
 *     combine(a, a)   combine(a, a.byRef())   combine(wrapped a, a)       one heap twice
 *     combine(a, c)                                                       two memories
 *     combine(a, b)   afterwards, of the same members                     must work: neither member is owned yet
 *
 * A combinator that routes by address, or counts, fails on blocks that two of its members hand out.
 *
 * @module
 */
import { type Allocator, type Can, type Capability, can, Layout, NULL } from "@alloc/core";
import { Forwarder, requireFunction, withCapabilities } from "@alloc/core/author";
import { printable } from "../printable.ts";
import { withText } from "../with-text.ts";
import { RULES, type RuleId } from "./rules.ts";
import { newRoot } from "./stand.ts";

/** A rule that a combinator breaks. */
export interface CombinatorViolation {
  /** Its number in docs/contract.md. */
  readonly rule: RuleId;
  /** The rule in words. */
  readonly title: string;
  /** What was expected and what happened. */
  readonly message: string;
}

/** Result of {@link checkCombinator}. */
export interface CombinatorReport {
  /** Whether no tested rule is broken. */
  readonly ok: boolean;
  /** The broken rules. */
  readonly violations: readonly CombinatorViolation[];
  /** Returns each broken rule in a line; "kept every rule tested" if there is none. */
  toString(): string;
}

const LAYOUT = Layout.of(40);

class Wrapped extends Forwarder {}

/**
 * Checks what a combinator of two members refuses: two views of one heap, however they are wrapped or lent (rule 7.1), and
 * members of two memories (7.2). A combinator that refuses has taken nothing: its members stay usable and can be combined again
 * (9.8). Use {@link checkAllocator} to check a combinator over valid members.
 *
 * A function with one parameter is a wrapper of one allocator: it must refuse one that another combinator owns.
 *
 * @param combine - makes a combinator of two members, or a wrapper of one
 * @param make - makes a member: a leaf that takes its chunks from a parent
 * @returns the violations found
 * @throws errors of `make`, and of `combine` with two separate members
 * @example
 * ```ts
 * import { fallback } from "@alloc/combinators";
 * import type { Allocator } from "@alloc/core";
 * import { system } from "@alloc/global";
 * import { checkCombinator } from "@alloc/testkit";
 *
 * checkCombinator(fallback, (parent: Allocator) => system({ parent })).ok; // => true
 * ```
 */
export function checkCombinator<M extends Allocator>(
  combine: (first: NoInfer<M>, second: NoInfer<M>) => Allocator,
  make: (parent: Allocator) => M,
): CombinatorReport {
  requireFunction("checkCombinator(fallback, (parent) => system({ parent }))", combine);
  requireFunction("checkCombinator(fallback, (parent) => system({ parent }))", make);
  const violations: CombinatorViolation[] = [];
  const note = (rule: RuleId, message: string) => {
    if (violations.some((violation) => violation.rule === rule)) return;
    const { title } = RULES.find(({ id }) => id === rule)!;
    violations.push({ rule, title, message: printable(message) });
  };
  const isWrapper = combine.length === 1;
  // The second parameter of a wrapper, if it has one, is an object of options.
  const wrap = combine as (inner: Allocator) => Allocator;
  const apart = newRoot();
  if (isWrapper) wrap(make(apart)).dispose();
  else combine(make(apart), make(apart)).dispose();
  // A wrapper of one allocator has no second member that it could be given twice.
  for (const { text, rule, code, members } of isWrapper ? [] : REFUSED) {
    const root = newRoot();
    const [heap, second] = [make(root), make(root)];
    const other = make(newRoot());
    const refusal = refusalOf(() => combine(...(members(heap, other) as [M, M])));
    if (refusal === undefined || (code !== undefined && refusal !== code)) {
      note(rule, `combine(${text}) ${refusal === undefined ? "was made" : `threw ${refusal}`}, expected a MisuseError`);
      continue;
    }
    const left = refusalOf(() => requireServes(heap)) ?? refusalOf(() => combine(heap, second).dispose());
    if (left !== undefined) note("9.8", `combine(${text}) threw, and then a.allocate, or combine(a, b), threw ${left}`);
  }
  if (isWrapper) {
    const heap = make(newRoot());
    wrap(heap);
    if (refusalOf(() => wrap(heap)) !== "owned") {
      note("7.1", "combine(a) was made twice of one allocator, expected a MisuseError with code owned the second time");
    }
  }
  return withText({ ok: violations.length === 0, violations }, textOf);
}

function textOf({ violations }: Pick<CombinatorReport, "violations">): string {
  if (violations.length === 0) return "kept every rule tested";
  return violations.map(({ rule, title, message }) => `rule ${rule}: ${title}\n  ${message}`).join("\n\n");
}

/** Two members that must not be combined, made of a heap `a` and a heap `c` in another memory. */
interface Refused {
  readonly text: string;
  readonly rule: RuleId;
  /** The required error code, if it is fixed. */
  readonly code?: string;
  members(heap: Allocator, other: Allocator): [Allocator, Allocator];
}

const REFUSED: readonly Refused[] = [
  { text: "a, a", rule: "7.1", members: (heap) => [heap, heap] },
  { text: "a.byRef(), a.byRef()", rule: "7.1", members: (heap) => [heap.byRef(), heap.byRef()] },
  { text: "a, a.byRef()", rule: "7.1", members: (heap) => [heap, heap.byRef()] },
  { text: "a.byRef(), a", rule: "7.1", members: (heap) => [heap.byRef(), heap] },
  { text: "wrapped(a.byRef()), a.byRef()", rule: "7.1", members: (heap) => [wrapped(heap.byRef()), heap.byRef()] },
  { text: "a.byRef(), wrapped(a.byRef())", rule: "7.1", members: (heap) => [heap.byRef(), wrapped(heap.byRef())] },
  {
    text: "wrapped(a.byRef()), wrapped(a.byRef().byRef())",
    rule: "7.1",
    members: (heap) => [wrapped(heap.byRef()), wrapped(heap.byRef().byRef())],
  },
  { text: "a, c", rule: "7.2", code: "other-memory", members: (heap, other) => [heap, other] },
  { text: "c.byRef(), a", rule: "7.2", code: "other-memory", members: (heap, other) => [other.byRef(), heap] },
];

function wrapped(inner: Allocator): Allocator {
  const Machine = withCapabilities(Wrapped, (capability) => can(inner, capability));
  return new Machine(inner as Can<Capability>);
}

/** Returns the code of the MisuseError that a call throws, any other error as text, undefined if it does not throw. */
function refusalOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    const { name, code } = Object(error) as { name?: string; code?: string };
    return name === "MisuseError" ? code : printable(error);
  }
}

function requireServes(heap: Allocator): void {
  const ptr = heap.allocate(LAYOUT);
  if (ptr === NULL) throw new Error("nothing: it returned NULL");
  heap.deallocate(ptr, LAYOUT);
}
