/**
 * A run of the suite as data, from which the tables, the plots and the document are made.
 *
 * @module
 */
import type { Result, Staged } from "./rounds.ts";
import { geometricMean, mean } from "./statistics.ts";

/** The base of the ratios: the native malloc most like a linear memory, which never gives anything back. */
export const BASELINE = "glibc never trimming";
/** Utilisation means little for a trace with fewer live bytes than this at its peak. */
export const ENOUGH_LIVE = 500_000;

export interface Report {
  readonly node: string;
  readonly align: number;
  readonly rounds: number;
  readonly contenders: readonly { readonly name: string; readonly about: string; readonly missing?: string }[];
  readonly workloads: readonly ReportedWorkload[];
  readonly results: readonly Result[];
}

export interface ReportedWorkload extends Omit<Staged, "file"> {
  readonly about: string;
  /** Its group: `loops`, `traces`, `kit`, `sizes` or `live`. */
  readonly group: string;
}

/** The means of a contender over several workloads. */
export interface Mean {
  readonly contender: string;
  /** The geometric mean of the ratios to another contender, of the medians and of the fastest repeats. */
  readonly ratio: number;
  readonly quickest: number;
  /** The mean of the utilisations over the workloads with enough live bytes at their peak. */
  readonly utilisation: number;
  /** The number of workloads in the means, and of all workloads. */
  readonly workloads: number;
  readonly all: number;
}

/** Returns the result of a contender on a workload, if it ran and did not fail. */
export function resultOf(results: readonly Result[], workload: string, contender: string): Result | undefined {
  const result = results.find((it) => it.workload === workload && it.contender === contender);
  return result?.fault === undefined ? result : undefined;
}

/**
 * Returns the ratio of a time to that of another contender on the same workload. NaN if either is missing or not above 0: a time
 * no longer than that of the empty loop cannot be measured.
 */
export function ratioTo(
  results: readonly Result[],
  result: Result,
  to: string,
  time: (result: Result) => number | undefined = ({ net }) => net?.median,
): number {
  const other = resultOf(results, result.workload, to);
  const [own, base] = [time(result) ?? Number.NaN, (other && time(other)) ?? Number.NaN];
  return own > 0 && base > 0 ? own / base : Number.NaN;
}

/** Returns the means of a contender over the workloads that it and the other one finished. */
export function meanOf(results: readonly Result[], contender: string, to: string): Mean {
  const own = results.filter((it) => it.contender === contender);
  const finished = own.filter(({ fault }) => fault === undefined);
  const compared = finished.filter((it) => ratioTo(results, it, to) > 0);
  const full = finished.filter(({ peak, utilisation }) => utilisation! * peak! > ENOUGH_LIVE);
  return {
    contender,
    ratio: geometricMean(compared.map((it) => ratioTo(results, it, to))),
    quickest: geometricMean(compared.map((it) => ratioTo(results, it, to, ({ quickest }) => quickest))),
    utilisation: mean(full.map(({ utilisation }) => utilisation!)),
    workloads: compared.length,
    all: own.length,
  };
}
