/**
 * Move law: moving a block frees its old memory.
 *
 *     tried       p, q, grow p ─▶ p′,             release p′ and q     many times
 *     compared    p, q, allocate p′, release p,   release p′ and q     as often, on another allocator
 *
 * A resize that moves is an allocation, a copy and a release. If it leaves less room than those three calls, it has lost old
 * blocks. An arena loses them in both runs, which is not a violation.
 *
 * @module
 */
import { type Allocator, type Layout, NULL, type Null, type Ptr } from "@alloc/core";
import { expectRule } from "../rules.ts";
import { codeOf } from "../trial.ts";
import { fill, type Law, NONE_SERVED, served } from "./law.ts";

/** Number of moves: 5000 bytes each are more than most memories in tests have. */
const ROUNDS = 1000;

const moves: Law = {
  rules: ["4.3"],
  run(trial, make) {
    const { allocator } = trial;
    if (!allocator.memory.canCopy) return "its memory has no bytes";
    const [from, to] = trial.another(make(), (probe) => {
      const layouts = served(probe).map(({ layout }) => layout);
      probe.finish();
      return layouts.slice(-2);
    });
    if (from === undefined || to === undefined) return NONE_SERVED;

    const [rounds, expected] = trial.another(make(), (other) => {
      const rounds = movesOf(other.allocator, from, to, ROUNDS, byHand);
      const room = fill(other, to).length;
      other.finish();
      return [rounds, room] as const;
    });

    const [small, large] = [codeOf(from), codeOf(to)];
    trial.note(`for (let round = 0; round < ${rounds}; round++) {`);
    trial.note(`  const [p, q] = [a.allocate(${small}), a.allocate(${small})];`);
    trial.note(`  a.deallocate(a.grow(p, ${small}, ${large}), ${large});`);
    trial.note(`  a.deallocate(q, ${small});`);
    trial.note("}");
    const done = movesOf(allocator, from, to, rounds, (_, ptr) => allocator.grow(ptr, from, to));
    const filled = fill(trial, to);
    const room = filled.length;
    // Placement may differ a little.
    const least = expected - Math.max(1, Math.floor(expected / 10));
    expectRule(
      "4.3",
      done === rounds && room >= least,
      () =>
        `after ${done} of ${rounds} grows there is room for ${room} such blocks, but for ${expected} if moved by hand`,
    );
    // An allocator lent to a chain outlives it and must not stay full.
    for (const block of filled) trial.deallocate(block, to);
    return undefined;
  },
};

export const MOVE_LAWS: readonly Law[] = [moves];

type Move = (allocator: Allocator, ptr: Ptr, from: Layout, to: Layout) => Ptr | Null;

function byHand(allocator: Allocator, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
  const next = allocator.allocate(to);
  if (next !== NULL) allocator.deallocate(ptr, from);
  return next;
}

/** Repeatedly moves a block with another one behind it. Returns the number of moves that found room. */
function movesOf(allocator: Allocator, from: Layout, to: Layout, most: number, move: Move): number {
  for (let round = 0; round < most; round++) {
    const ptr = allocator.allocate(from);
    if (ptr === NULL) return round;
    const behind = allocator.allocate(from);
    const next = behind === NULL ? NULL : move(allocator, ptr, from, to);
    if (next === NULL) allocator.deallocate(ptr, from);
    else allocator.deallocate(next, to);
    if (behind !== NULL) allocator.deallocate(behind, from);
    if (next === NULL) return round;
  }
  return most;
}
