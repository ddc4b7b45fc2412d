/**
 * shortened: reduces a program that hangs or ends its thread.
 *
 *     fault seen     20 lines                          with full patience
 *     attempts       10 ✓   5 ✗   7 ✓   6 ✗  …         each in its own thread, with little patience
 *     confirmed       7 lines                          with full patience; this is printed
 *
 * @module
 */
import type { Program } from "../conformance/program.ts";
import { leaveOutParts } from "../conformance/shorten.ts";
import type { Source } from "./load.ts";
import type { Progress } from "./progress.ts";
import { type Fault, supervise } from "./supervise.ts";

/**
 * Maximum total of all attempts on an idle machine, in seconds. Attempts are counted, not timed, so a busy machine finds the same
 * program.
 */
const MOST = 20;
/** Patience per attempt, in seconds. A call that is merely slow is recognised by the final confirmation. */
const HASTE = 0.5;
/** Seconds counted for an attempt without the fault: about the start of a thread. */
const START = 0.1;

/**
 * Returns the fault with the shortest program found that shows it, or the original fault if it does not recur.
 *
 * @param program - the running program, if known
 * @param seconds - the time limit of the check
 */
export async function shortened(
  source: Source,
  fault: Fault,
  program: Program | undefined,
  seconds: number,
  progress: Progress,
): Promise<Fault> {
  if (program === undefined || fault.program === "") return fault;
  const again = async (
    shorter: Program,
    limits: { seconds: number; patience?: number },
  ): Promise<Fault | undefined> => {
    const job = { kind: "program", source, program: shorter } as const;
    const outcome = await supervise(job, { ...limits, onProgress() {} });
    return outcome.fault?.kind === fault.kind ? outcome.fault : undefined;
  };
  const patience = Math.min(HASTE, seconds / 4);
  const search = leaveOutParts(program);
  let next = search.next();
  let shortest = program;
  let left = Math.min(MOST, seconds);
  for (let tries = 1; !next.done && left > 0; tries++) {
    progress.show("looking for a shorter program", tries, tries + next.value.parts.length);
    const shows = (await again(next.value, { seconds: MOST, patience })) !== undefined;
    left -= shows && fault.kind === "hangs" ? START + patience : START;
    if (shows) shortest = next.value;
    next = search.next(shows);
  }
  progress.stop();
  return shortest === program ? fault : ((await again(shortest, { seconds })) ?? fault);
}
