/**
 * supervise: one job in a worker, whatever the module in it does: hang, exit, throw, take all memory.
 *
 *     a call has not returned for 10 s, or half the limit    a fault: the worker is ended, its CallLog has the program
 *     the thread is gone without an answer                   a fault, too
 *     calls go on, but the time is up                        not finished, and said so
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { CheckReport } from "../conformance/check-allocator.ts";
import type { Program } from "../conformance/program.ts";
import { printableLines } from "../printable.ts";
import { CallLog } from "./calls.ts";
import type { Answers, Job, Message } from "./job.ts";
import { oneLine, UsageError } from "./usage.ts";

/** Why there is no answer. */
export interface Fault {
  /** `hangs`: a call does not return; `ends`: the thread is gone; `fails`: anything else. */
  readonly kind: "hangs" | "ends" | "fails";
  readonly message: string;
  /** The calls up to the one that went wrong, a line each; empty where that is not known. */
  readonly program: string;
}

export type Outcome<T> = { readonly answer: T; readonly fault?: never } | { readonly fault: Fault };

export interface Supervision {
  /** The time limit, in seconds. */
  readonly seconds: number;
  /** The longest that one call may take, in seconds: 10 or half of the limit unless said. */
  readonly patience?: number;
  readonly onProgress: (done: number, all: number) => void;
  /** Told what a check found so far, and of each program before it is run. */
  readonly onFound?: (report: CheckReport) => void;
  readonly onProgram?: (program: Program) => void;
}

/** The longest that one call may take, in seconds, if the time limit allows. */
const PATIENCE = 10;
/** How often is looked whether calls are made, in ms. */
const LOOK = 50;

/**
 * Runs a job to its end, or ends it.
 *
 * @throws `UsageError` if the module or the trace cannot be used
 */
export async function supervise<J extends Job>(job: J, options: Supervision): Promise<Outcome<Answers[J["kind"]]>> {
  const log = new CallLog();
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData: { job, calls: log.shared },
    stdout: true,
    stderr: true,
  });
  // What the module prints shall not stand in the report, nor steer the terminal.
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
        else if (message.kind === "done") resolve({ answer: message.answer as Answers[J["kind"]] });
        else if (message.kind === "usage") reject(new UsageError(message.message));
        else resolve({ fault: { kind: "fails", message: message.message, program: "" } });
      });
      worker.on("error", (error) => end(`its thread died: ${oneLine(error)}`));
      worker.on("exit", (code) => {
        clearInterval(looking);
        const when = watch.loaded ? "" : " while the module was loaded";
        end(`its thread ended${when}, with exit code ${code}: by process.exit, or by an await that nothing ends`);
      });
    });
  } finally {
    await worker.terminate();
  }
}

/** Tells a call that does not return from a job that goes on for too long. */
class Watch {
  readonly log: CallLog;
  readonly seconds: number;
  readonly patience: number;
  readonly endsItself: boolean;
  readonly start = performance.now();
  loaded = false;
  calls = 0;
  /** When it was last looked, and for how many ms of looking no new call was seen. */
  last = this.start;
  silence = 0;

  constructor(log: CallLog, kind: Job["kind"], { seconds, patience = Math.min(PATIENCE, seconds / 2) }: Supervision) {
    this.log = log;
    this.endsItself = kind === "check";
    this.seconds = seconds;
    this.patience = patience;
  }

  /** Answers what is wrong, if anything. */
  look(): Fault | undefined {
    const now = performance.now();
    const { calls } = this.log;
    // A machine that sleeps, or has no time for us, makes no hang: a pause between two looks counts little.
    this.silence = calls === this.calls ? this.silence + Math.min(now - this.last, 2 * LOOK) : 0;
    this.calls = calls;
    this.last = now;
    const silent = this.silence / 1000;
    if (calls > 0 && silent >= this.patience) {
      return { kind: "hangs", message: hangs(silent), program: this.log.program() };
    }
    // A check ends itself when its time is up, between two programs: on a busy machine the last of them may take a while.
    const spent = (now - this.start) / 1000;
    if (spent < this.seconds + (this.endsItself && this.loaded ? PATIENCE : this.patience)) return undefined;
    const what = this.loaded ? "one program, or one trace, takes longer" : "the module has not been loaded";
    const message = `not finished after ${spent.toFixed(1)} s: ${what}; see --time-limit`;
    return { kind: "fails", message, program: "" };
  }
}

function hangs(seconds: number): string {
  return `a call has not returned for ${seconds.toFixed(1)} s: the last one, or a question after it (usableSize, footprint, owns, check)`;
}
