/**
 * shortened: a program that hangs, or ends its thread, without what it does not need for that.
 *
 *     the fault was seen    20 lines                          waited for with patience
 *     tried again           10 ✓   5 ✗   7 ✓   6 ✗  …         each in a thread of its own, waited for a little
 *     and once more          7 lines                          with patience: that is what is printed
 *
 * @module
 */
import type { Program } from "../conformance/program.ts";
import { leaveOutParts } from "../conformance/shorten.ts";
import type { Source } from "./load.ts";
import type { Progress } from "./progress.ts";
import { type Fault, supervise } from "./supervise.ts";

/** The most seconds that all tries may take on an idle machine. They are counted, so that a busy one finds the same program. */
const MOST = 20;
/** How long a call of a try is waited for, in seconds. A call that is only slow is recognised at the end. */
const HASTE = 0.5;
/** What a try is counted as that does not show the fault, in seconds: about the start of a thread. */
const START = 0.1;

/**
 * Answers the fault with the shortest program that was found to show it; the fault itself if it does not show again.
 *
 * @param program - the one that was running, if that is known
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
