/**
 * What the command and its worker say to each other.
 *
 *     command ──▶ worker     a job, when it starts
 *     worker  ──▶ command    loaded; progress, running, found, …; and one of: done, fault, usage
 *
 * The module that is tried runs in the worker alone: what it does to its thread, it does not do to the command.
 *
 * @module
 */
import type { CheckOptions, CheckReport } from "../conformance/check-allocator.ts";
import type { Program } from "../conformance/program.ts";
import type { ReplayReport } from "../trace/replay.ts";
import type { Source } from "./load.ts";

/** What a worker does; `answer` of its name is what comes of it. */
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

export interface Answers {
  check: Checked;
  /** Of one program: nothing but that it came to its end. */
  program: null;
  replay: ReplayReport;
  /** Of each source, ns per operation. */
  race: readonly number[];
}

export interface Checked {
  readonly report: CheckReport;
  /** Whether all programs were run: false where the time was up. */
  readonly finished: boolean;
}

export type Message =
  | { readonly kind: "loaded" }
  | { readonly kind: "progress"; readonly done: number; readonly all: number }
  /** What was found so far, and what is run next: who hangs cannot be asked. */
  | { readonly kind: "found"; readonly report: CheckReport }
  | { readonly kind: "running"; readonly program: Program }
  | { readonly kind: "done"; readonly answer: Answers[Job["kind"]] }
  | { readonly kind: "fault"; readonly message: string }
  | { readonly kind: "usage"; readonly message: string };

/** What a worker is started with. */
export interface Start {
  readonly job: Job;
  /** Of the CallLog. */
  readonly calls: SharedArrayBuffer;
}
