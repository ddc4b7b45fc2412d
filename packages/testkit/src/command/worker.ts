/**
 * The worker: runs one job and posts its result.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { Check } from "../conformance/check.ts";
import { Effort } from "../conformance/effort.ts";
import { run } from "../conformance/program.ts";
import { printable } from "../printable.ts";
import { replay } from "../trace/replay.ts";
import { CallLog } from "./calls.ts";
import type { Checked, Job, JobResults, Message, Start } from "./job.ts";
import { load } from "./load.ts";
import { race } from "./race.ts";
import { parsed, sourceOf } from "./trace-file.ts";
import { oneLine } from "./usage.ts";

const { job, calls } = workerData as Start;
const log = new CallLog(calls);
/** Pause between two progress messages, in ms. */
const PAUSE = 100;
const post = (message: Message): void => parentPort!.postMessage(message);

try {
  post({ kind: "done", answer: await answerOf(job) });
} catch (error) {
  const { name, message } = Object(error) as { name?: string; message?: string };
  if (name === "UsageError") post({ kind: "usage", message: printable(message) });
  else if (name === "TraceError") post({ kind: "usage", message: `${(job as { trace: string }).trace}: ${message}` });
  else
    post({
      kind: "fault",
      message: name === "ReplayError" ? printable(message) : oneLine(error).replace(/^Error: /, ""),
    });
}

async function answerOf(job: Job): Promise<JobResults[Job["kind"]]> {
  if (job.kind === "check") return check(job);
  if (job.kind === "program") return runProgram(job);
  const sources = job.kind === "race" ? job.sources : [job.source];
  const loaded = [];
  for (const source of sources) loaded.push(await load(source));
  post({ kind: "loaded" });
  if (job.kind === "race") {
    return race(await parsed(job.trace, job), loaded, { align: job.align, rounds: job.rounds, onProgress: progress() });
  }
  const allocator = loaded[0]!.make();
  const { align, maxBytes } = job;
  const report = await replay(await sourceOf(job.trace, job), allocator, { align, maxBytes, onProgress: progress() });
  allocator.dispose();
  return report;
}

async function check({ source, options, seconds }: Job & { kind: "check" }): Promise<Checked> {
  const end = performance.now() + 1000 * seconds;
  const { make, skip } = await load(source);
  post({ kind: "loaded" });
  const tell = progress();
  let finished = true;
  let thrown: unknown;
  // An exception of make halfway would otherwise end the check as if complete.
  const one = () => {
    try {
      return make();
    } catch (error) {
      thrown ??= error;
      throw error;
    }
  };
  const watched = {
    ...options,
    skip: { ...skip, ...options.skip },
    onCall: (line: string) => log.write(line),
    onProgress(done: number, all: number) {
      tell(done, all);
      finished &&= performance.now() < end;
      return finished;
    },
  };
  const report = new Check(one, watched, {
    onProgram: (program) => post({ kind: "running", program }),
    // A make that throws is reported as a fault instead.
    onFound: (report) => thrown === undefined && post({ kind: "found", report }),
  }).run();
  if (thrown !== undefined) throw new Error(`${source.module} made some allocators, then threw ${oneLine(thrown)}`);
  return { report, finished };
}

/** Runs one program of a check again; its violations are already known. */
async function runProgram({ source, program }: Job & { kind: "program" }): Promise<null> {
  const { make } = await load(source);
  post({ kind: "loaded" });
  const one = Object.assign(() => make(), { takesParent: false });
  run(program, one, new Effort((line) => log.write(line)));
  return null;
}

/** Returns a throttled progress callback. */
function progress(): (done: number, all: number) => void {
  let next = 0;
  return (done, all) => {
    if (performance.now() < next) return;
    next = performance.now() + PAUSE;
    post({ kind: "progress", done, all });
  };
}
