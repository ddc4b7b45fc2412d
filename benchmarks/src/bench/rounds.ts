/**
 * rounds: every contender through a workload, interleaved.
 *
 *     memory     A B C …         a process each
 *     round 1    B C … A
 *     round 2    C … A B
 *
 * A machine that is slow for a while is slow for all of a round, and who comes first is somebody else in each. What a process
 * answers is the median of its repeats; what is compared is made of these, one for each round.
 *
 * @module
 */
import type { Contender } from "./contenders.ts";
import { EMPTY } from "./empty.ts";
import type { Memories } from "./sample.ts";
import { median, netOf, type Spread, spread } from "./statistics.ts";

/** A workload in its file. */
export interface Staged {
  readonly name: string;
  readonly file: string;
  /** The most bytes live at once, as they were asked for. */
  readonly peak: number;
  readonly operations: number;
  /** Bytes live, one for each of {@link SAMPLES}. */
  readonly live: readonly number[];
}

/** How often the bytes in use are told, at equal distances of the run. */
export const SAMPLES = 100;

export interface Settings {
  readonly rounds: number;
  readonly align: number;
  /** In ms, of each process. */
  readonly warmUp: number;
  readonly measured: number;
}

/** What is known of one contender on one workload. */
export interface Result {
  readonly workload: string;
  readonly contender: string;
  /** Why there is nothing else: a request that it had no room for, or an error. */
  readonly fault?: string;
  /** ns per operation without the empty loop, over the rounds; and with it. */
  readonly net?: Spread;
  readonly gross?: Spread;
  /** The quickest repeat of all rounds without the quickest empty loop, in ns per operation. */
  readonly quickest?: number;
  /** The most bytes in use at once. */
  readonly peak?: number;
  /** The most bytes live at once, divided by the most in use at once. */
  readonly utilisation?: number;
  /** Bytes in use, one for each of {@link SAMPLES}. */
  readonly held?: readonly number[];
  /** Bytes that the parent has not back when all is released, as it is and after a trim. */
  readonly kept?: { readonly asItIs: number; readonly trimmed: number };
}

/**
 * Measures the contenders on one workload: its memory once, then its time once a round. Missing contenders are passed over, and
 * one that fails is not tried again.
 *
 * @param onProgress - told what goes on, and how much of it is done, from 0 to 1
 */
export async function measure(
  contenders: readonly Contender[],
  { name: workload, file, peak: live }: Staged,
  { rounds, align, warmUp, measured }: Settings,
  onProgress: (what: string, done: number) => void,
): Promise<Result[]> {
  const present = contenders.filter(({ missing }) => missing === undefined);
  const known = new Map(
    present.map(({ name }) => [name, { medians: [] as number[], least: Number.POSITIVE_INFINITY }]),
  );
  const memories = new Map<string, Memories>();
  const faults = new Map<string, string>();
  for (let round = 0; round <= rounds; round++) {
    const first = round % Math.max(1, present.length);
    for (const [place, contender] of [...present.slice(first), ...present.slice(0, first)].entries()) {
      const { name } = contender;
      onProgress(`${workload} · ${name}`, (round + place / present.length) / (rounds + 1));
      if (faults.has(name)) continue;
      const common = { contender: name, file, align };
      try {
        if (round === 0) memories.set(name, await contender.memory({ ...common, samples: SAMPLES }));
        else {
          const { times } = await contender.time({ ...common, warmUp, measured });
          const all = known.get(name)!;
          all.medians.push(median(times));
          all.least = Math.min(all.least, ...times);
        }
      } catch (error) {
        faults.set(name, (error as Error).message);
      }
    }
  }
  return present.map(({ name: contender, language }) => {
    const fault = faults.get(contender) ?? faults.get(EMPTY[language]);
    if (fault !== undefined) return { workload, contender, fault };
    const own = known.get(contender)!;
    const empty = known.get(EMPTY[language])!;
    const { peak, held, kept } = memories.get(contender)!;
    return {
      workload,
      contender,
      ...(rounds > 0 && {
        gross: spread(own.medians),
        net: spread(netOf(own.medians, empty.medians)),
        quickest: own.least - empty.least,
      }),
      peak,
      utilisation: live / peak,
      held,
      ...(kept && { kept }),
    };
  });
}
