/**
 * alloc-check replay: recorded programs through what a module makes, every block verified.
 *
 * @module
 */
import type { ReplayReport } from "../trace/replay.ts";
import type { Source } from "./load.ts";
import type { Progress } from "./progress.ts";
import { supervise } from "./supervise.ts";
import { traceName } from "./trace-file.ts";

/** What came of one trace: what `--json` prints. */
export interface ReplayResult {
  readonly module: string;
  readonly trace: string;
  readonly ok: boolean;
  /** Null where the replay did not come to its end. */
  readonly report: ReplayReport | null;
  /** What went wrong, empty if nothing did. */
  readonly fault: string;
}

export interface ReplaySettings {
  /** The least align of every request, in bytes. */
  readonly align: number;
  /** The most bytes of a trace, uncompressed. */
  readonly maxBytes: number;
  /** The time limit of each trace, in seconds. */
  readonly seconds: number;
}

/**
 * Replays one trace through an allocator of its own.
 *
 * @throws `UsageError` if the module or the trace cannot be used
 */
export async function replayTrace(
  source: Source,
  trace: string,
  { align, seconds, maxBytes }: ReplaySettings,
  progress: Progress,
): Promise<ReplayResult> {
  const { module } = source;
  const outcome = await supervise(
    { kind: "replay", source, trace, align, maxBytes },
    { seconds, onProgress: (done, all) => progress.show(`${traceName(trace)} through ${module}`, done, all) },
  ).finally(() => progress.stop());
  if (outcome.fault !== undefined) return { module, trace, ok: false, report: null, fault: outcome.fault.message };
  const { answer } = outcome;
  const ok = answer.leaks === 0;
  return { module, trace, ok, report: answer, fault: ok ? "" : `${answer.leaks} blocks leak` };
}
