/**
 * Misuse laws: commit each kind of misuse that an allocator declares to detect.
 *
 * @module
 */
import { Layout, type MisuseCode, NULL, type Ptr } from "@alloc/core";
import { printable } from "../../printable.ts";
import { expectRule, type RuleId } from "../rules.ts";
import type { Block } from "../shadow.ts";
import { codeOf, type Trial } from "../trial.ts";
import { codeThrown, FOREIGN, type Law, largestServed, NONE_SERVED, served, thrown } from "./law.ts";

/** NULL is not a block: accepting it loses a block or hands out address 0. */
const nothingLive: Law = {
  rules: ["6.6"],
  run(trial, make) {
    const { allocator } = trial;
    const layout = largestServed(trial, make);
    if (layout === undefined) return NONE_SERVED;
    const more = Layout.of(2 * layout.size, layout.align);
    const nothing = NULL as unknown as Ptr;
    served(trial);
    const calls: [string, () => unknown][] = [
      [`a.deallocate(0, ${codeOf(layout)})`, () => allocator.deallocate(nothing, layout)],
      [`a.grow(0, ${codeOf(layout)}, ${codeOf(more)})`, () => allocator.grow(nothing, layout, more)],
      [`a.growZeroed(0, ${codeOf(layout)}, ${codeOf(more)})`, () => allocator.growZeroed(nothing, layout, more)],
      [`a.shrink(0, ${codeOf(more)}, ${codeOf(layout)})`, () => allocator.shrink(nothing, more, layout)],
    ];
    if (trial.has("resizeInPlace"))
      calls.push([
        `a.resizeInPlace(0, ${codeOf(layout)}, ${codeOf(more)})`,
        () => allocator.resizeInPlace(nothing, layout, more),
      ]);
    if (trial.has("sizeAt")) calls.push(["a.sizeAt(0)", () => allocator.sizeAt(nothing)]);
    for (const [text, call] of calls) {
      // In a memory whose bytes cannot be moved or cleared, that error comes first.
      if (!allocator.memory.canCopy && /grow|shrink/.test(text)) continue;
      trial.note(`${text};`);
      const came = codeThrown(call);
      expectRule(
        "6.6",
        came === "foreign-pointer",
        () => `${text} ${thrown(came)}, expected MisuseError(foreign-pointer)`,
      );
    }
    expectSound(trial, "6.6");
    return undefined;
  },
};

/** In plain JavaScript a size is easily passed as a layout, and turns counters into NaN. */
const noLayout: Law = {
  rules: ["6.7"],
  run(trial) {
    const { allocator } = trial;
    const block = served(trial)[0];
    const wrong = [64, undefined, { align: 8 }] as unknown as Layout[];
    const calls: [string, () => unknown][] = wrong.flatMap((layout): [string, () => unknown][] => [
      [`a.allocate(${JSON.stringify(layout)})`, () => allocator.allocate(layout)],
      [`a.allocateZeroed(${JSON.stringify(layout)})`, () => allocator.allocateZeroed(layout)],
    ]);
    const size = 64 as unknown as Layout;
    if (block !== undefined) {
      const { name, ptr, layout } = block;
      calls.push([`a.deallocate(${name}, 64)`, () => allocator.deallocate(ptr, size)]);
      calls.push([`a.grow(${name}, ${codeOf(layout)}, 64)`, () => allocator.grow(ptr, layout, size)]);
      calls.push([`a.shrink(${name}, ${codeOf(layout)}, 64)`, () => allocator.shrink(ptr, layout, size)]);
    }
    for (const [text, call] of calls) {
      if (!allocator.memory.canCopy && /grow|shrink|Zeroed/.test(text)) continue;
      trial.note(`${text};`);
      const came = nameThrown(call);
      expectRule("6.7", came === "TypeError", () => `${text} threw ${came ?? "nothing"}, expected a TypeError`);
    }
    expectSound(trial, "6.7");
    return undefined;
  },
};

function nameThrown(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    const { name, code } = Object(error) as { name?: string; code?: string };
    return name === "MisuseError" ? `MisuseError(${code})` : printable(name ?? error);
  }
}

/** Expects that nothing has changed, and that blocks are still served and released. */
function expectSound(trial: Trial, rule: RuleId): void {
  trial.shadow.verifyAll(rule);
  if (trial.has("check")) trial.call("a.check();", rule, () => trial.allocator.check());
  served(trial);
  for (const { name, ptr, layout } of [...trial.shadow.blocks]) {
    trial.call(`a.deallocate(${name}, ${codeOf(layout)});`, rule, () => trial.allocator.deallocate(ptr, layout));
  }
}

export const MISUSE_LAWS: readonly Law[] = [
  nothingLive,
  noLayout,
  detects("6.1", "double-free", (trial, block) => {
    const { name, ptr, layout } = block;
    trial.deallocate(block, layout);
    return [`a.deallocate(${name}, ${codeOf(layout)});`, () => trial.allocator.deallocate(ptr, layout)];
  }),
  detects("6.2", "interior-pointer", (trial, { name, ptr, layout, usable }) => {
    if (usable < 2) return undefined;
    const inside = (ptr + (usable > layout.align ? layout.align : 1)) as Ptr;
    return [
      `a.deallocate(${name} + ${inside - ptr}, ${codeOf(layout)});`,
      () => trial.allocator.deallocate(inside, layout),
    ];
  }),
  detects("6.3", "foreign-pointer", (trial, { layout }) => {
    return [`a.deallocate(${FOREIGN}, ${codeOf(layout)});`, () => trial.allocator.deallocate(FOREIGN, layout)];
  }),
  detects("6.4", "wrong-layout", (trial, { name, ptr, usable }) => {
    const wrong = Layout.of(4 * usable + 4096, 8);
    return [`a.deallocate(${name}, ${codeOf(wrong)});`, () => trial.allocator.deallocate(ptr, wrong)];
  }),
];

/** Commits a kind of misuse with a block of each size that is served. */
function detects(
  rule: RuleId,
  code: MisuseCode,
  plant: (trial: Trial, block: Block) => [string, () => void] | undefined,
): Law {
  return {
    rules: [rule, "6.5"],
    run(trial) {
      if (!trial.allocator.detects.includes(code)) return `it does not declare ${code} in detects`;
      const live = served(trial);
      if (live.length === 0) return NONE_SERVED;
      let planted = 0;
      for (const block of live) {
        const misuse = plant(trial, block);
        if (misuse === undefined) continue;
        planted++;
        const [text, call] = misuse;
        trial.note(text);
        const came = codeThrown(call);
        expectRule(rule, came === code, () => `${text} ${thrown(came)}, expected MisuseError(${code})`);
        trial.shadow.verifyAll("6.5");
        if (trial.has("check")) trial.call("a.check();", "6.5", () => trial.allocator.check());
      }
      if (planted === 0) return `it serves no block large enough for ${code}`;
      if (rule === "6.1") return undefined;
      for (const { name, ptr, layout } of live) {
        trial.call(`a.deallocate(${name}, ${codeOf(layout)});`, "6.5", () => trial.allocator.deallocate(ptr, layout));
      }
      return undefined;
    },
  };
}
