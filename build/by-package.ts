/**
 * The reporter of a run of all tests: a line for each package as its last test ends, failures in full, and at the end why tests
 * were skipped. Where files are named or watched, each has its line, as vitest prints it.
 *
 *     combinators    1204 passed, 0 failed, 31 skipped
 *     checks          410 passed, 1 failed
 *     …
 *     skipped     24  combinators, scoped: its memory has no bytes
 *                  7  combinators: only in npm run test:full
 *     Not built: run `npm run build`, or these tests are skipped: checks/packages.test.ts, …
 *
 * @module
 */
import type { TestCase, TestModule, TestSpecification } from "vitest/node";
import { DefaultReporter } from "vitest/node";

/** Why a test with a tag was skipped, by the tag. */
export type Reasons = Readonly<Record<string, string>>;

/** Characters of a reason that are printed. */
const MOST = 100;

interface Count {
  /** Test files that have not ended. */
  waiting: number;
  passed: number;
  failed: number;
  skipped: number;
}

/** Returns the package that a test file belongs to: "core" for packages/core/test/layout.test.ts, "checks" for its files. */
export function packageOf(file: string): string {
  const [folder, name] = file.split("/");
  return folder === "packages" ? name! : folder!;
}

export class ByPackage extends DefaultReporter {
  readonly reasons: Reasons;
  readonly files: number;
  readonly counts: Map<string, Count> = new Map();
  /** The packages with skipped tests, by the reason, with how many there are. */
  readonly left: Map<string, { count: number; readonly packages: Set<string> }> = new Map();

  /** The files whose tests read what `npm run build` makes, and were skipped without it. */
  readonly unbuilt: Set<string> = new Set();

  /** Whether all tests run, once. */
  isWhole = true;

  /**
   * @param reasons - why a test with a tag is skipped
   * @param files - number of all test files
   */
  constructor(reasons: Reasons, files: number) {
    super();
    this.files = files;
    this.reasons = reasons;
  }

  override onTestRunStart(specifications: readonly TestSpecification[]): void {
    super.onTestRunStart(specifications);
    this.isWhole = !this.ctx.config.watch && specifications.length === this.files;
    this.counts.clear();
    this.left.clear();
    this.unbuilt.clear();
    for (const { moduleId } of specifications) this.countOf(this.relative(moduleId)).waiting++;
  }

  /** Counts the tests of a file that has ended. */
  override printTestModule(module: TestModule): void {
    if (!this.isWhole) super.printTestModule(module);
    const file = module.relativeModuleId;
    const count = this.countOf(file);
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === "skipped") this.leave(test, file);
      if (state !== "pending") count[state]++;
    }
    // A file that could not be loaded has no failed test.
    if (module.state() === "failed" && count.failed === 0) count.failed++;
    if (--count.waiting > 0 || !this.isWhole) return;
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
    this.log(`${packageOf(file).padEnd(12)}${`${count.passed}`.padStart(6)} passed, ${count.failed} failed${skipped}`);
  }

  override reportTestSummary(...args: Parameters<DefaultReporter["reportTestSummary"]>): void {
    let head = "skipped";
    for (const [reason, { count, packages }] of [...this.left].sort(([, a], [, b]) => b.count - a.count)) {
      this.log(`${head.padEnd(12)}${`${count}`.padStart(6)} ${[...packages].sort().join(", ")}: ${reason}`);
      head = "";
    }
    super.reportTestSummary(...args);
    if (this.unbuilt.size === 0) return;
    const files = [...this.unbuilt].sort().join(", ");
    this.log(`Not built: run \`npm run build\`, or these tests are skipped: ${files}`);
  }

  countOf(file: string): Count {
    const name = packageOf(file);
    let count = this.counts.get(name);
    if (count === undefined) {
      count = { waiting: 0, passed: 0, failed: 0, skipped: 0 };
      this.counts.set(name, count);
    }
    return count;
  }

  leave(test: TestCase, file: string): void {
    const result = test.result();
    const tag = test.options.tags?.find((it) => it in this.reasons);
    const reason = (result.state === "skipped" && result.note) || (tag && this.reasons[tag]) || `"${test.name}"`;
    const short = reason.length > MOST ? `${reason.slice(0, MOST)}…` : reason;
    const entry = this.left.get(short) ?? { count: 0, packages: new Set<string>() };
    entry.count++;
    entry.packages.add(packageOf(file));
    this.left.set(short, entry);
    if (tag === "built") this.unbuilt.add(file);
  }
}
