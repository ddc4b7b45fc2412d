/**
 * supervise: runs a job in a worker and survives whatever its module does: hang, exit, throw, exhaust memory.
 *
 *     a call has not returned for 10 s, or half the limit    a fault: the worker is terminated; its CallLog has the program
 *     the thread ended without a result                      a fault
 *     calls go on past the time limit                        reported as not finished
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { CheckReport } from "../conformance/check-allocator.ts";
import type { Program } from "../conformance/program.ts";
import { printableLines } from "../printable.ts";
import { CallLog } from "./calls.ts";
import type { Job, JobResults, Message } from "./job.ts";
import { oneLine, UsageError } from "./usage.ts";

/** Why there is no result. */
export interface Fault {
  /** `hangs`: a call does not return; `ends`: the thread ended; `fails`: anything else. */
  readonly kind: "hangs" | "ends" | "fails";
  readonly message: string;
  /** The calls up to the faulty one, one per line; empty if unknown. */
  readonly program: string;
}

export type Outcome<T> = { readonly answer: T; readonly fault?: never } | { readonly fault: Fault };

export interface Supervision {
  /** Time limit, in seconds. */
  readonly seconds: number;
  /** Maximum duration of one call, in seconds. Default: 10, or half of the limit if that is less. */
  readonly patience?: number;
  readonly onProgress: (done: number, all: number) => void;
  /** Called with the findings of a check so far, and with each program before it runs. */
  readonly onFound?: (report: CheckReport) => void;
  readonly onProgram?: (program: Program) => void;
}

/** Maximum duration of one call, in seconds, if the time limit allows. */
const PATIENCE = 10;
/** Polling interval, in ms. */
const LOOK = 50;

/**
 * Runs a job to its end, or terminates it.
 *
 * @throws `UsageError` if the module or the trace cannot be used
 */
export async function supervise<J extends Job>(job: J, options: Supervision): Promise<Outcome<JobResults[J["kind"]]>> {
  const log = new CallLog();
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: { job, calls: log.shared },
    stdout: true,
    stderr: true,
  });
  // Output of the module must not mix with the report or control the terminal.
  for (const stream of [worker.stdout, worker.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => process.stderr.write(printableLines(text)));
  }
  const watch = new Watch(log, job.kind, options);
  try {
    return await new Promise((resolve, reject) => {
      const end = (message: string) => resolve({ fault: { kind: "ends", message, program: log.program() } });
      const looking = setInterval(() => {
        const fault = watch.look();
        if (fault !== undefined) resolve({ fault });
      }, LOOK);
      worker.on("message", (message: Message) => {
        if (message.kind === "loaded") watch.loaded = true;
        else if (message.kind === "progress") options.onProgress(message.done, message.all);
        else if (message.kind === "found") options.onFound?.(message.report);
        else if (message.kind === "running") options.onProgram?.(message.program);
        else if (message.kind === "done") resolve({ answer: message.answer as JobResults[J["kind"]] });
        else if (message.kind === "usage") reject(new UsageError(message.message));
        else resolve({ fault: { kind: "fails", message: message.message, program: "" } });
      });
      worker.on("error", (error) => end(`its thread died: ${oneLine(error)}`));
      worker.on("exit", (code) => {
        clearInterval(looking);
        const when = watch.loaded ? "" : " while loading the module";
        end(`its thread ended${when}, with exit code ${code}: process.exit, or an await that never settles`);
      });
    });
  } finally {
    await worker.terminate();
  }
}

/** Distinguishes a call that does not return from a job that takes too long. */
class Watch {
  readonly log: CallLog;
  readonly seconds: number;
  readonly patience: number;
  readonly endsItself: boolean;
  readonly start = performance.now();
  loaded = false;
  calls = 0;
  /** When it last polled, and ms polled without a new call. */
  last = this.start;
  silence = 0;

  constructor(log: CallLog, kind: Job["kind"], { seconds, patience = Math.min(PATIENCE, seconds / 2) }: Supervision) {
    this.log = log;
    this.endsItself = kind === "check";
    this.seconds = seconds;
    this.patience = patience;
  }

  /** Returns the current fault, if any. */
  look(): Fault | undefined {
    const now = performance.now();
    const { calls } = this.log;
    // A sleeping or overloaded machine is not a hang: a long pause between two polls counts little.
    this.silence = calls === this.calls ? this.silence + Math.min(now - this.last, 2 * LOOK) : 0;
    this.calls = calls;
    this.last = now;
    const silent = this.silence / 1000;
    if (calls > 0 && silent >= this.patience) {
      return { kind: "hangs", message: hangs(silent), program: this.log.program() };
    }
    // A check ends itself at its time limit, between two programs: on a busy machine the last one may take a while.
    const spent = (now - this.start) / 1000;
    if (spent < this.seconds + (this.endsItself && this.loaded ? PATIENCE : this.patience)) return undefined;
    const what = this.loaded ? "one program or trace takes longer" : "the module is still loading";
    const message = `not finished after ${spent.toFixed(1)} s: ${what}; see --time-limit`;
    return { kind: "fails", message, program: "" };
  }
}

function hangs(seconds: number): string {
  return `a call has not returned for ${seconds.toFixed(1)} s: the last one, or a query after it (usableSize, footprint, owns, check)`;
}
