/**
 * Lifetime laws: memory growth, lending, the end, and self-description.
 *
 * @module
 */
import { type Allocator, can, Layout, NULL } from "@alloc/core";
import { expectRule, Violation } from "../rules.ts";
import { codeOf } from "../trial.ts";
import { codeThrown, FOREIGN, type Law, served, thrown } from "./law.ts";

export const GROWS: Law = {
  rules: ["8.1"],
  run(trial) {
    const exercise = () => {
      for (const block of served(trial)) {
        const { layout } = block;
        trial.resize(block, layout, Layout.of(layout.size + 8, layout.align), "grow");
      }
      for (const block of trial.shadow.blocks.filter((_, index) => index % 2 === 0))
        trial.deallocate(block, block.layout);
      trial.shadow.verifyAll("1.4");
    };
    exercise();
    if (trial.allocator.memory.grow(65536) === NULL) return "its memory cannot grow";
    trial.note("a.memory.grow(65536);");
    try {
      exercise();
    } catch (error) {
      throw new Violation("8.1", `after the memory grew: ${(error as Violation).message}`);
    }
    return undefined;
  },
};

const ends: Law = {
  rules: ["9.2", "9.3"],
  run(trial) {
    const { allocator } = trial;
    const layout = Layout.of(8);
    trial.call("a.dispose();", "1.6", () => allocator.dispose());
    trial.call("a.dispose();", "9.2", () => allocator.dispose());
    const calls: [string, () => unknown][] = [
      ["a.allocate(Layout.of(8))", () => allocator.allocate(layout)],
      ["a.allocateZeroed(Layout.of(8))", () => allocator.allocateZeroed(layout)],
      [`a.deallocate(${FOREIGN}, Layout.of(8))`, () => allocator.deallocate(FOREIGN, layout)],
      [`a.grow(${FOREIGN}, Layout.of(8), Layout.of(8))`, () => allocator.grow(FOREIGN, layout, layout)],
      ["a.usableSize(Layout.of(8))", () => allocator.usableSize(layout)],
      ["a.footprint()", () => allocator.footprint()],
    ];
    if (trial.has("owns")) calls.push([`a.owns(${FOREIGN})`, () => allocator.owns(FOREIGN)]);
    if (trial.has("reset")) calls.push(["a.reset()", () => allocator.reset()]);
    for (const [text, call] of calls) {
      const code = codeThrown(call);
      expectRule("9.3", code === "disposed", () => `${text} after dispose ${thrown(code)}`);
    }
    return undefined;
  },
};

const lends: Law = {
  rules: ["9.4"],
  run(trial) {
    const { allocator } = trial;
    const lent = trial.call("const l = a.byRef();", "9.4", () => allocator.byRef())!;
    expectRule("9.4", !("reset" in lent) || lent.reset === undefined, () => "a.byRef() supports reset");
    trial.call("l.dispose();", "9.4", () => lent.dispose());
    for (const { ptr, layout } of served(trial)) {
      trial.call(`l.usableSize(${codeOf(layout)});`, "9.4", () => lent.usableSize(layout));
      if (trial.has("owns"))
        expectRule("9.4", (lent as typeof allocator).owns(ptr), () => `the lent allocator does not own ${ptr}`);
    }
    return undefined;
  },
};

/** Tests that everything is returned to the parent. */
export const GIVES: Law = {
  rules: ["9.1"],
  run(trial, make) {
    const parents = parentsOf(trial.allocator);
    if (parents.length === 0) return "it has no parent";
    // Returns memory that a parent caches for its next chunk.
    const held = () =>
      parents.reduce((sum, parent) => {
        if (can(parent, "trim")) parent.trim();
        return sum + parent.footprint().held;
      }, 0);
    const live = (releases: boolean) =>
      trial.another(make(), (one) => {
        served(one);
        if (releases) one.finish();
        else one.call("a.dispose();", "9.1", () => one.allocator.dispose());
        trial.show(one);
        return parentsOf(one.allocator).every((parent) => parents.includes(parent));
      });
    // The first round lets a parent settle that caches memory for the next chunk.
    if (!live(true)) return "each has a parent of its own";
    // The end of a borrower does not affect a lent allocator: blocks taken from it stay until they are released.
    const ways = borrows(trial.allocator) ? [true] : [true, false];
    for (const releases of ways) {
      const before = held();
      live(releases);
      const after = held();
      expectRule("9.1", after <= before, () => `the parent holds ${after} bytes after dispose, ${before} before`);
    }
    return undefined;
  },
};

const describes: Law = {
  rules: ["12.2"],
  run(trial) {
    served(trial);
    const description = trial.call("structuredClone(a.describe());", "12.2", () =>
      structuredClone(trial.allocator.describe()),
    )!;
    const root = description.nodes[description.root];
    expectRule("12.2", typeof root?.kind === "string", () => "the root of a.describe() has no kind");
    return undefined;
  },
};

export const LIFE_LAWS: readonly Law[] = [ends, lends, describes];

/** Returns whether one of its children, at any depth, is lent to it and so outlives it. */
function borrows(allocator: Allocator): boolean {
  return allocator.children.some((child) => child.isLent || borrows(child));
}

/** The allocators outside a chain from which its leaves take chunks. */
export function parentsOf(allocator: Allocator): Allocator[] {
  const own = allocator.parent === undefined ? [] : [allocator.parent];
  return [...own, ...allocator.children.flatMap(parentsOf)];
}
