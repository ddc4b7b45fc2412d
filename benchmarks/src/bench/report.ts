/**
 * A run of the suite as data: what the tables, the plots and the document are made of.
 *
 * @module
 */
import type { Result, Staged } from "./rounds.ts";
import { geometricMean, mean } from "./statistics.ts";

/** To whom the ratios are: the native malloc that is nearest to a linear memory, which never gives anything back. */
export const BASELINE = "glibc never trimming";
/** A trace that has less live at its peak, in bytes, says little of utilisation. */
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
  /** What it belongs to: `loops`, `traces`, `kit`, `sizes` or `live`. */
  readonly group: string;
}

/** What a contender comes to over several workloads. */
export interface Mean {
  readonly contender: string;
  /** The geometric mean of the ratios to another, of the medians and of the quickest repeats. */
  readonly ratio: number;
  readonly quickest: number;
  /** The mean of the utilisations, over the workloads that have enough live at their peak. */
  readonly utilisation: number;
  /** How many workloads these are of, and how many there are. */
  readonly workloads: number;
  readonly all: number;
}

/** Answers the result of a contender on a workload, if it was there and did not fail. */
export function resultOf(results: readonly Result[], workload: string, contender: string): Result | undefined {
  const result = results.find((it) => it.workload === workload && it.contender === contender);
  return result?.fault === undefined ? result : undefined;
}

/**
 * Answers what a time is of that of another contender on the same workload. NaN where either is not there, or not above 0: what is
 * no more than the empty loop was not measured.
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

/** Answers the means of a contender over the workloads that it and the other one finished. */
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
