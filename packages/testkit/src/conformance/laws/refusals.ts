/**
 * Refusal laws: whichever call of the parent throws, nothing is lost and nothing is handed out twice.
 *
 *     parent.allocate 1 ✗        make throws, and has taken nothing
 *     parent.allocate 1 2 ✗      the request throws, and no new block is live
 *     parent.deallocate 1 ✗      trim throws, and the chunk is still held: dispose returns it
 *
 * @module
 */
import { Layout } from "@alloc/core";
import { leavesOf } from "@alloc/core/author";
import { isRefusal } from "../refusal.ts";
import { expectRule } from "../rules.ts";
import { newRoot, Stand } from "../stand.ts";
import type { Trial } from "../trial.ts";
import { ELSEWHERE, type Law, NO_PARENT, NO_ROOM, served, tryToMake } from "./law.ts";

/** Maximum number of runs; each refuses one call of the parent. */
const MOST = 40;

const factories: Law = {
  rules: ["9.8"],
  run(trial, make) {
    if (!make.takesParent) return NO_PARENT;
    // In `pair(one(parent), other(parent))` the first exists without an owner if the second throws; no factory can fix that.
    if (leavesOf(trial.allocator).length > 1) return "several of its members take chunks";
    const root = newRoot();
    const held = () => root.footprint().held;
    for (let nth = 1; nth <= MOST; nth++) {
      const stand = Stand.over(root);
      const before = held();
      stand.left = nth;
      const made = tryToMake(make, stand);
      if (made === NO_ROOM || made === ELSEWHERE) return made;
      if (made !== "refused") {
        stand.left = Number.POSITIVE_INFINITY;
        trial.another(made, (other) => other.finish());
        break;
      }
      const kept = held() - before;
      expectRule(
        "9.8",
        kept === 0,
        () => `make threw at call ${nth} of its parent, and ${kept} bytes are still allocated there`,
      );
    }
    return undefined;
  },
};

const refusals: Law = {
  rules: ["1.7"],
  run(trial, make) {
    if (!make.takesParent) return NO_PARENT;
    const root = newRoot();
    const held = () => root.footprint().held;
    for (let nth = 1; nth <= MOST; nth++) {
      const stand = Stand.over(root);
      const before = held();
      stand.left = nth;
      const made = tryToMake(make, stand);
      if (made === NO_ROOM || made === ELSEWHERE) return made;
      if (made === "refused") continue;
      trial.another(made, (other) => {
        const inEnd = exercise(other, stand);
        // A chunk that the parent refuses to take back at an end is lost through no fault of the allocator; nothing else may
        // be lost.
        const lost = inEnd || made.children.length > 0 ? stand.notTaken : 0;
        const kept = held() - before;
        expectRule("1.7", kept <= lost, () => {
          return `parent.${stand.refused} threw, and after dispose ${kept} bytes are still allocated in the parent, expected ${lost}`;
        });
      });
      if (stand.refused === undefined) break;
    }
    return undefined;
  },
};

export const REFUSAL_LAWS: readonly Law[] = [factories, refusals];

/** Uses an allocator up to its end. Returns whether its parent refused a call during reset or dispose. */
function exercise(trial: Trial, stand: Stand): boolean {
  const { shadow } = trial;
  // Whatever the parent refuses, all blocks must stay intact.
  const attempt = (step: () => unknown) => refusedIn(trial, stand, step);
  for (const layout of trial.probes) attempt(() => trial.allocate(layout));
  for (const layout of trial.probes) attempt(() => trial.allocate(layout, "allocateZeroed"));
  for (const block of [...shadow.blocks]) {
    const { size, align } = block.layout;
    attempt(() => trial.resize(block, block.layout, Layout.of(2 * size + 40, align), "grow"));
  }
  for (const block of shadow.blocks.filter((_, index) => index % 2 === 0)) release(trial, block, attempt);
  for (const block of [...shadow.blocks]) {
    attempt(() => trial.resize(block, block.layout, Layout.of(Math.ceil(block.layout.size / 3), 8), "shrink"));
  }
  if (trial.has("trim")) attempt(() => trial.trim());
  attempt(() => served(trial));
  const inReset = trial.has("reset") && attempt(() => trial.reset());
  if (inReset) shadow.clear();
  attempt(() => served(trial));
  for (const block of [...shadow.blocks]) release(trial, block, attempt);
  if (trial.has("trim")) attempt(() => trial.trim());
  return attempt(() => trial.call("a.dispose();", "1.7", () => trial.allocator.dispose())) || inReset;
}

/** Releases a block. A release that throws may or may not have happened, so the block is forgotten. */
function release(
  trial: Trial,
  block: Trial["shadow"]["blocks"][number],
  attempt: (step: () => unknown) => boolean,
): void {
  if (attempt(() => trial.deallocate(block, block.layout))) trial.shadow.remove(block);
}

/** Runs a step. Returns whether it threw the parent's error. */
function refusedIn(trial: Trial, stand: Stand, step: () => unknown): boolean {
  try {
    step();
    return false;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    trial.note(`// parent.${stand.refused} threw`);
    trial.shadow.verifyAll("1.7");
    return true;
  }
}
