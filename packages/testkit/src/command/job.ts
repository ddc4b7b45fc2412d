/**
 * The messages between the command and its worker.
 *
 *     command ──▶ worker     a job, at the start
 *     worker  ──▶ command    loaded; progress, running, found, …; finally one of: done, fault, usage
 *
 * The tested module runs only in the worker, so it cannot harm the thread of the command.
 *
 * @module
 */
import type { CheckOptions, CheckReport } from "../conformance/check-allocator.ts";
import type { Program } from "../conformance/program.ts";
import type { ReplayReport } from "../trace/replay.ts";
import type { Source } from "./load.ts";

/** The job of a worker; its result has the type of the same name in {@link JobResults}. */
export type Job =
  | { readonly kind: "check"; readonly source: Source; readonly options: CheckOptions; readonly seconds: number }
  | { readonly kind: "program"; readonly source: Source; readonly program: Program }
  | {
      readonly kind: "replay";
      readonly source: Source;
      readonly trace: string;
      readonly align: number;
      readonly maxBytes: number;
    }
  | {
      readonly kind: "race";
      readonly sources: readonly Source[];
      readonly trace: string;
      readonly align: number;
      readonly rounds: number;
      readonly maxBytes: number;
    };

/** Results of the jobs. */
export interface JobResults {
  check: Checked;
  /** A single program has no result but its completion. */
  program: null;
  replay: ReplayReport;
  /** ns per operation for each source. */
  race: readonly number[];
}

export interface Checked {
  readonly report: CheckReport;
  /** Whether all programs were run; false if the time limit was reached. */
  readonly finished: boolean;
}

export type Message =
  | { readonly kind: "loaded" }
  | { readonly kind: "progress"; readonly done: number; readonly all: number }
  /** Findings so far, and the next program: a thread that hangs cannot be asked. */
  | { readonly kind: "found"; readonly report: CheckReport }
  | { readonly kind: "running"; readonly program: Program }
  | { readonly kind: "done"; readonly answer: JobResults[Job["kind"]] }
  | { readonly kind: "fault"; readonly message: string }
  | { readonly kind: "usage"; readonly message: string };

/** Start data of a worker. */
export interface Start {
  readonly job: Job;
  /** Of the CallLog. */
  readonly calls: SharedArrayBuffer;
}
