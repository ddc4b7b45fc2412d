/**
 * alloc-check check: tests a module's allocator against the rules of the contract.
 *
 * @module
 */
import type { CheckOptions, CheckReport } from "../conformance/check-allocator.ts";
import type { Program } from "../conformance/program.ts";
import type { Source } from "./load.ts";
import type { Progress } from "./progress.ts";
import { shortened } from "./shortened.ts";
import { type Fault, supervise } from "./supervise.ts";

/** Result of the check of one module, as `--json` prints it. */
export interface CheckResult {
  readonly module: string;
  /** Whether the check finished, served requests and found nothing. */
  readonly ok: boolean;
  /** Whether all programs were run. */
  readonly finished: boolean;
  /** Seed that repeats the same programs. */
  readonly seed: number;
  /** Random programs run, and planned. */
  readonly done: number;
  readonly programs: number;
  /** The findings; on a fault, those before it; null if there are none. */
  readonly report: CheckReport | null;
  /** Why the check could not finish: a call that hangs, a thread that died, an endless program. */
  readonly fault: Fault | null;
}

export interface CheckSettings {
  readonly options: CheckOptions;
  /** The time limit, in seconds. */
  readonly seconds: number;
}

/**
 * Checks a module's allocator.
 *
 * @throws `UsageError` if the module cannot be used
 */
export async function checkModule(source: Source, settings: CheckSettings, progress: Progress): Promise<CheckResult> {
  const { options, seconds } = settings;
  const programs = options.programs ?? 100;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  let done = 0;
  let found: CheckReport | null = null;
  let last: Program | undefined;
  const outcome = await supervise(
    { kind: "check", source, options: { ...options, seed }, seconds },
    {
      seconds,
      onProgress(now, all) {
        done = now;
        progress.show(`checking ${source.module}`, now, all);
      },
      onFound: (report) => (found = report),
      onProgram: (program) => (last = program),
    },
  ).finally(() => progress.stop());
  const common = { module: source.module, seed, programs };
  if (outcome.fault !== undefined) {
    const fault = await shortened(source, outcome.fault, last, seconds, progress);
    return { ...common, ok: false, finished: false, done, report: found, fault };
  }
  const { report, finished } = outcome.answer;
  const ok = report.ok && finished && report.served > 0;
  return { ...common, ok, finished, done: finished ? programs : done, report, fault: null };
}
