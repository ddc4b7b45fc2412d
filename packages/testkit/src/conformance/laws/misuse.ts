/**
 * Laws of misuse: what an allocator declares that it sees is planted.
 *
 * @module
 */
import { Layout, type MisuseCode, type Ptr } from "@alloc/core";
import { expectRule, type RuleId } from "../rules.ts";
import type { Block } from "../shadow.ts";
import { codeOf, type Trial } from "../trial.ts";
import { codeThrown, FOREIGN, type Law, NONE_SERVED, served, thrown } from "./law.ts";

export const MISUSE_LAWS: readonly Law[] = [
  sees("6.1", "double-free", (trial, block) => {
    const { name, ptr, layout } = block;
    trial.deallocate(block, layout);
    return [`a.deallocate(${name}, ${codeOf(layout)});`, () => trial.allocator.deallocate(ptr, layout)];
  }),
  sees("6.2", "interior-pointer", (trial, { name, ptr, layout, usable }) => {
    if (usable < 2) return undefined;
    const inside = (ptr + (usable > layout.align ? layout.align : 1)) as Ptr;
    return [
      `a.deallocate(${name} + ${inside - ptr}, ${codeOf(layout)});`,
      () => trial.allocator.deallocate(inside, layout),
    ];
  }),
  sees("6.3", "foreign-pointer", (trial, { layout }) => {
    return [`a.deallocate(${FOREIGN}, ${codeOf(layout)});`, () => trial.allocator.deallocate(FOREIGN, layout)];
  }),
  sees("6.4", "wrong-layout", (trial, { name, ptr, usable }) => {
    const wrong = Layout.of(4 * usable + 4096, 8);
    return [`a.deallocate(${name}, ${codeOf(wrong)});`, () => trial.allocator.deallocate(ptr, wrong)];
  }),
];

/** A misuse that an allocator declares to see: it is planted in a block of each size that it serves. */
function sees(
  rule: RuleId,
  code: MisuseCode,
  plant: (trial: Trial, block: Block) => [string, () => void] | undefined,
): Law {
  return {
    rules: [rule, "6.5"],
    run(trial) {
      if (!trial.allocator.sees.includes(code)) return `it does not declare that it sees ${code}`;
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
      if (planted === 0) return `no block that it serves is large enough to plant ${code}`;
      if (rule === "6.1") return undefined;
      for (const { name, ptr, layout } of live) {
        trial.call(`a.deallocate(${name}, ${codeOf(layout)});`, "6.5", () => trial.allocator.deallocate(ptr, layout));
      }
      return undefined;
    },
  };
}
