/**
 * describeAllocator: the conformance kit as vitest tests.
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { beforeAll, describe, test } from "vitest";
import { type CheckOptions, type CheckReport, checkAllocator } from "./conformance/check-allocator.ts";
import { reportText } from "./conformance/report-text.ts";
import { CHAPTERS, chapterOf, RULES } from "./conformance/rules.ts";

/** Milliseconds per check; slow machines need them. */
const TIMEOUT = 600_000;

/**
 * Declares the tests of one allocator, one per chapter of the contract. A chapter without a rule that could be tried is skipped,
 * with the reasons.
 *
 * @param name - title of the test group
 * @param make - see {@link checkAllocator}
 * @param options - see {@link CheckOptions}
 * @example
 * ```ts no-run
 * import { system } from "@alloc/global";
 * import { describeAllocator } from "@alloc/testkit/vitest";
 *
 * describeAllocator("system()", () => system());
 * ```
 */
export function describeAllocator(
  name: string,
  make: (parent: Allocator) => Allocator,
  options: CheckOptions = {},
): void {
  describe(name, () => {
    let report: CheckReport;
    beforeAll(async () => {
      report = await checkAllocator(make, options);
    }, TIMEOUT);
    for (const chapter of CHAPTERS) {
      test(chapter.title, (context) => {
        const violations = report.violations.filter(({ rule }) => chapterOf(rule) === chapter.id);
        if (violations.length > 0) throw new Error(`\n${reportText({ ...report, violations })}`);
        const rules = RULES.filter(({ id }) => chapterOf(id) === chapter.id);
        const untried = report.skipped.filter(({ rule }) => chapterOf(rule) === chapter.id);
        const reasons = new Set(untried.map(({ reason }) => reason));
        // A chapter of which no rule could run has not passed. It is shown as skipped, with the reasons of the report.
        if (untried.length === rules.length) context.skip([...reasons].join("; "));
      });
    }
  });
}
