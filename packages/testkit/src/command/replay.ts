/**
 * alloc-check replay: runs recorded programs through a module's allocator and verifies every block.
 *
 * @module
 */
import type { ReplayReport } from "../trace/replay.ts";
import type { Source } from "./load.ts";
import type { Progress } from "./progress.ts";
import { supervise } from "./supervise.ts";
import { traceName } from "./trace-file.ts";

/** Result of one trace, as `--json` prints it. */
export interface ReplayResult {
  readonly module: string;
  readonly trace: string;
  readonly ok: boolean;
  /** Null if the replay did not finish. */
  readonly report: ReplayReport | null;
  /** The fault; empty if there is none. */
  readonly fault: string;
}

export interface ReplaySettings {
  /** Minimum align of every request, in bytes. */
  readonly align: number;
  /** Maximum size of a trace, uncompressed, in bytes. */
  readonly maxBytes: number;
  /** Time limit per trace, in seconds. */
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
  return { module, trace, ok, report: answer, fault: ok ? "" : `${answer.leaks} blocks leaked` };
}
