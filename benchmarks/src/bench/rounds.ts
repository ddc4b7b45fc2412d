/**
 * rounds: runs every contender through a workload, interleaved.
 *
 *     memory     A B C …         a process each
 *     round 1    B C … A
 *     round 2    C … A B
 *
 * A machine that is slow for a while slows the whole round, and each round starts with a different contender. A process returns the
 * median of its repeats; comparisons use these medians, one for each round.
 *
 * @module
 */
import type { Contender } from "./contenders.ts";
import { EMPTY } from "./empty.ts";
import type { Memories } from "./sample.ts";
import { median, netOf, type Spread, spread } from "./statistics.ts";

/** A workload written to a file. */
export interface Staged {
  readonly name: string;
  readonly file: string;
  /** Most bytes live at once, as requested. */
  readonly peak: number;
  readonly operations: number;
  /** Live bytes, one figure for each of {@link SAMPLES}. */
  readonly live: readonly number[];
}

/** Samples of the bytes in use, at equal distances over the run. */
export const SAMPLES = 100;

export interface Settings {
  readonly rounds: number;
  readonly align: number;
  /** Duration of each process, in ms. */
  readonly warmUp: number;
  readonly measured: number;
}

/** The result of one contender on one workload. */
export interface Result {
  readonly workload: string;
  readonly contender: string;
  /** Why there is no other result: a request without room, or an error. */
  readonly fault?: string;
  /** ns per operation over the rounds, without and with the empty loop. */
  readonly net?: Spread;
  readonly gross?: Spread;
  /** The fastest repeat of all rounds minus the fastest empty loop, in ns per operation. */
  readonly quickest?: number;
  /** Most bytes in use at once. */
  readonly peak?: number;
  /** Most bytes live at once, divided by most bytes in use at once. */
  readonly utilisation?: number;
  /** Bytes in use, one figure for each of {@link SAMPLES}. */
  readonly held?: readonly number[];
  /** Bytes in use after the last timed event. */
  readonly end?: number;
  /** Bytes not given back to the parent after all blocks were released, before and after a trim. */
  readonly kept?: { readonly asItIs: number; readonly trimmed: number };
}

/**
 * Measures the contenders on one workload: memory once, then time once per round. Missing contenders are skipped, and one that
 * fails is not tried again.
 *
 * @param onProgress - called with the current step and the share done, from 0 to 1
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
    const { peak, held, end, kept } = memories.get(contender)!;
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
      end,
      ...(kept && { kept }),
    };
  });
}
