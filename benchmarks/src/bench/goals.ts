/**
 * goals: the goals of the heap, and whether a figure meets them.
 *
 *     what                                   figure    goal    met
 *     traces: time, to glibc never trimming    0.76    0.80    yes
 *
 * @module
 */
import type { Rows } from "../../../checks/support/markdown.ts";

/** The goals: what the best prototypes of a heap in JavaScript reached, or a limit beyond which there is a fault. */
export const GOALS = {
  timeToGlibc: 0.8,
  timeToMimalloc: 1.8,
  utilisation: 0.92,
  leastUtilisation: 0.8,
  binary: 0.93,
  tiny: 0.87,
  churnToPeer: 0.2,
  lifoToGlibc: 1.3,
  garbage: 0,
  instructionGrowth: 1.3,
  kept: 0,
};

export interface Goal {
  readonly what: string;
  /** NaN if it could not be measured here, because a contender or a tool is missing. */
  readonly figure: number;
  readonly unit: "ratio" | "share" | "bytes" | "ns" | "instructions";
  /** Undefined for a figure without a goal. A share must be at least the goal, anything else at most. */
  readonly goal?: number;
}

/** Returns whether a goal is met; undefined without a goal or a figure. */
export function isMet({ figure, goal, unit }: Goal): boolean | undefined {
  if (goal === undefined || Number.isNaN(figure)) return undefined;
  return unit === "share" ? figure >= goal : figure <= goal;
}

/** The goals as rows of a table. */
export function goalRows(goals: readonly Goal[]): Rows {
  return [
    ["what", "figure", "goal", "met"],
    ...goals.map((goal) => {
      const met = isMet(goal);
      const result = met === undefined ? "" : met ? "yes" : "no";
      const figure = Number.isNaN(goal.figure) ? "not measured" : numberText(goal.figure, goal.unit);
      return [goal.what, figure, goal.goal === undefined ? "" : numberText(goal.goal, goal.unit), result];
    }),
  ];
}

function numberText(value: number, unit: Goal["unit"]): string {
  if (unit === "share") return `${(100 * value).toFixed(1)} %`;
  if (unit === "bytes") return `${Math.round(value).toLocaleString("en")} B`;
  if (unit === "ns") return `${value.toFixed(1)} ns`;
  return unit === "ratio" ? value.toFixed(2) : value.toFixed(0);
}
