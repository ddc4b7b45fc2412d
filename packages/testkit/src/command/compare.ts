/**
 * alloc-check compare: checks two modules side by side and runs traces through both.
 *
 * @module
 */
import { type CheckResult, type CheckSettings, checkModule } from "./check.ts";
import type { Source } from "./load.ts";
import type { Progress } from "./progress.ts";
import { type ReplayResult, type ReplaySettings, replayTrace } from "./replay.ts";
import { supervise } from "./supervise.ts";
import { traceName } from "./trace-file.ts";

/** Result of one module on one trace. */
export interface Lane extends ReplayResult {
  /** Median of the rounds, in ns per operation; null if a module failed the trace. */
  readonly time: number | null;
  /** This time divided by that of the first module. */
  readonly ratio: number | null;
}

/** Result of a comparison, as `--json` prints it. */
export interface CompareResult {
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
  readonly lanes: readonly Lane[];
}

export interface CompareSettings extends CheckSettings, ReplaySettings {
  readonly rounds: number;
}

/**
 * Compares modules; all are checked with the same programs.
 *
 * @throws `UsageError` if a module or a trace cannot be used
 */
export async function compareModules(
  sources: readonly Source[],
  traces: readonly string[],
  settings: CompareSettings,
  progress: Progress,
): Promise<CompareResult> {
  const seed = settings.options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const checks: CheckResult[] = [];
  for (const source of sources) {
    checks.push(await checkModule(source, { ...settings, options: { ...settings.options, seed } }, progress));
  }
  const lanes: Lane[] = [];
  for (const trace of traces) lanes.push(...(await lanesOf(sources, trace, settings, progress)));
  return { ok: [...checks, ...lanes].every(({ ok }) => ok), checks, lanes };
}

/** Replays a trace through every module, and times it if all serve it. */
async function lanesOf(
  sources: readonly Source[],
  trace: string,
  settings: CompareSettings,
  progress: Progress,
): Promise<Lane[]> {
  const { align, rounds, seconds, maxBytes } = settings;
  const replays: ReplayResult[] = [];
  for (const source of sources) replays.push(await replayTrace(source, trace, settings, progress));
  const untimed = replays.map((each) => ({ ...each, time: null, ratio: null }));
  if (!replays.every(({ ok }) => ok)) return untimed;
  const onProgress = (done: number, all: number) => progress.show(`timing ${traceName(trace)}`, done, all);
  const job = { kind: "race", sources, trace, align, rounds, maxBytes } as const;
  const outcome = await supervise(job, { seconds, onProgress }).finally(() => progress.stop());
  if (outcome.fault !== undefined) {
    const fault = `during timing: ${outcome.fault.message}`;
    return untimed.map((each) => ({ ...each, ok: false, fault }));
  }
  const times = outcome.answer;
  return replays.map((each, index) => ({ ...each, time: times[index]!, ratio: times[index]! / times[0]! }));
}
