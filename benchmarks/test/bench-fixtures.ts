import type { Report } from "../src/bench/report.ts";
import type { Result } from "../src/bench/rounds.ts";
import type { Spread } from "../src/bench/statistics.ts";

export function always(time: number): Spread {
  return { median: time, least: time, most: time };
}

/** A result without a time. Default: a utilisation of a half. */
export function result(workload: string, contender: string, parts: Partial<Result> = {}): Result {
  return { workload, contender, peak: 4e6, utilisation: 0.5, held: [], ...parts };
}

/** A result with one time. */
export function timed(workload: string, contender: string, time: number, parts: Partial<Result> = {}): Result {
  return result(workload, contender, { net: always(time), gross: always(time + 2), quickest: time, ...parts });
}

/** A report of these results, all in one group. */
export function report(group: string, results: readonly Result[], contenders: Report["contenders"] = []): Report {
  const names = [...new Set(results.map(({ workload }) => workload))];
  const workloads = names.map((name) => ({
    name,
    about: `about ${name}`,
    group,
    operations: 1000,
    peak: 2e6,
    live: [1, 2],
  }));
  return { node: "20.0.0", align: 8, rounds: 3, contenders, workloads, results };
}
