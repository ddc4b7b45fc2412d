import { describe, expect, test } from "vitest";
import type { CheckResult } from "../../src/command/check.ts";
import { checkText, compareText } from "../../src/command/text.ts";

const violation = {
  rule: "1.3",
  title: "blocks are disjoint",
  program: "const a = make();",
  message: "b2 in b1",
} as const;
const report = {
  ok: false,
  violations: [violation],
  skipped: [
    { rule: "3.5", reason: "it has no owns" },
    { rule: "9.1", reason: "it has no parent" },
    { rule: "11.1", reason: "it has no owns" },
  ],
  operations: 10,
  served: 3,
  refused: 1,
  seed: 7,
} as const;
const fault = { kind: "hangs", message: "it hangs", program: "const a = make();\na.trim();" } as const;
const common = { module: "./heap.js", ok: false, finished: false, seed: 7, done: 1, programs: 9 };
const UNTRIED = "not tested:\n  3.5, 11.1: it has no owns\n  9.1: it has no parent";

function paragraphs(result: CheckResult): string[] {
  return checkText(result, 60, "npx alloc-check").split("\n\n");
}

describe("checkText", () => {
  test("prints findings before a fault, then the fault", () => {
    const [rule, broke, untried, hang] = paragraphs({ ...common, report, fault });
    expect(rule).toBe("rule 1.3: blocks are disjoint\n  b2 in b1\n    const a = make();");
    expect(broke).toMatch(/^broke 1 rule: /);
    expect(untried).toBe(UNTRIED);
    expect(hang).toBe("fault: it hangs\n    const a = make();\n    a.trim();");
  });

  test("prints only the fault without earlier findings", () => {
    expect(paragraphs({ ...common, report: null, fault })[0]).toMatch(/^fault: it hangs\n/);
  });

  test("gives the reason for each untested rule, also if a check is cut off", () => {
    const clean = { ...report, ok: true, violations: [] };
    expect(paragraphs({ ...common, finished: true, report: clean, fault: null })).toContain(UNTRIED);
    expect(paragraphs({ ...common, report: clean, fault: null })).toContain(UNTRIED);
    expect(paragraphs({ ...common, report, fault: null })).toContain(UNTRIED);
  });
});

test("compareText names rules broken before a fault", () => {
  const text = compareText({ ok: false, checks: [{ ...common, report, fault }], lanes: [] });
  expect(text).toContain("broke 1.3; fault: it hangs");
});
