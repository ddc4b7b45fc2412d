/**
 * starts: small heaps, and the first calls of a program.
 *
 *     small     a loop again and again, with less than 1 MiB live
 *     cold      the first events of a trace, once, in a new process: no code is compiled, and the heap is empty
 *
 * A process that is asked for no warm-up and no time plays its workload once.
 *
 * @module
 */
import { markdown, type Rows } from "../../../checks/support/markdown.ts";
import type { Columns } from "./columns.ts";
import { BASELINE } from "./report.ts";
import type { Result, Settings } from "./rounds.ts";
import { liveAt, type Source, tracesIn } from "./stage.ts";
import type { Bench } from "./suite.ts";
import { resultRows } from "./table.ts";
import { churn, lifo, pair, type Scale } from "./workloads.ts";

const CONTENDERS = ["system", "emscripten", BASELINE, "mimalloc"];
/** The events of a cold start. */
const FIRST = 100_000;

export interface Starts {
  readonly small: readonly Result[];
  readonly cold: readonly Result[];
}

export interface StartsOptions {
  /** A folder of traces, or a trace. */
  readonly traces: string;
  readonly settings: Settings;
  readonly scale: Scale;
  /** Names of contenders. */
  readonly only?: readonly string[] | undefined;
}

/** Measures both. */
export async function measureStarts(
  bench: Bench,
  { traces, settings, scale, only = CONTENDERS }: StartsOptions,
): Promise<Starts> {
  const first = FIRST / scale.less;
  const starts = (await tracesIn(traces)).map(
    (source): Source => ({ ...source, make: async () => firstOf(await source.make(), first) }),
  );
  const once = { ...settings, warmUp: 0, measured: 0 };
  return {
    small: (await bench.measure(smallSources(scale), only, settings)).results,
    cold: (await bench.measure(starts, only, once)).results,
  };
}

/** Loops with less than 1 MiB live. */
export function smallSources({ less }: Scale): Source[] {
  const replacements = 200_000 / less;
  return [
    { name: "pair", about: "one block of 64 bytes at a time", make: () => pair(64, 100_000 / less) },
    { name: "lifo", about: "a stack of 100 blocks of 64 bytes", make: () => lifo(64, 100, 1000 / less) },
    {
      name: "small churn",
      about: "1,000 live blocks of 17 to 64 bytes, replaced at random",
      make: () => churn({ live: 1000, replacements, least: 16, most: 64 }),
    },
    {
      name: "mixed churn",
      about: "1,000 live blocks of 17 to 1024 bytes, replaced at random",
      make: () => churn({ live: 1000, replacements, least: 16, most: 1024 }),
    },
    {
      name: "large churn",
      about: "100 live blocks of 1 to 8 KiB, replaced at random",
      make: () => churn({ live: 100, replacements, least: 1024, most: 8192 }),
    },
  ];
}

/** Returns the first events, all timed. */
export function firstOf(columns: Columns, count: number): Columns {
  const length = Math.min(count, columns.length);
  const part = { ...columns, length, begin: 0, end: length };
  return { ...part, peak: Math.max(...liveAt(part, Math.min(length, 1000))) };
}

export const STARTS = "Small heaps and cold starts";

/** The tables of both. */
export function startsRows({ small, cold }: Starts): [Rows, Rows] {
  return [resultRows(small), resultRows(cold)];
}

/** The section of the document. */
export function startsText(measured: Starts): string {
  const [small, cold] = startsRows(measured).map(markdown);
  return `## ${STARTS}

\`npm run bench -- starts <folder of traces> --out docs/heap.md\` writes this section. All as in [The traces](#the-traces), with what a
JavaScript program could call instead beside it. First, loops with less than 1 MiB live:

- ${smallSources({ live: 0, less: 1 })
    .map(({ name, about }) => `${name}: ${about}`)
    .join("\n- ")}

${small}

Then the first ${FIRST.toLocaleString("en")} events of each trace, once, in a new process. Nothing is compiled at the start, neither the heap nor the loop that
calls it, and the heap is empty: it takes its first chunks, and empties its caches as it grows. The native heaps are compiled, so the
ratios show what an engine needs to get warm.

${cold}`;
}
