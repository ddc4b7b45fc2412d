/**
 * fragmentation: how many bytes a heap holds for each live byte, on patterns that are hard for heaps with size classes.
 *
 *     workload    contender    at the peak    from    to      at the end    from    to
 *     turns       system       1.80           1.79    1.83    …
 *
 * Each pattern is made from several seeds: other sizes, in another order, of which other blocks stay.
 *
 * @module
 */
import { WORKLOADS } from "@alloc/testkit";
import { markdown, type Rows } from "../../../checks/support/markdown.ts";
import { type Columns, columnsOf, RELEASE } from "./columns.ts";
import { isEmptyLoop } from "./empty.ts";
import { BASELINE } from "./report.ts";
import type { Settings } from "./rounds.ts";
import type { Source } from "./stage.ts";
import { type Spread, spread } from "./statistics.ts";
import type { Bench } from "./suite.ts";

export const CONTENDERS = ["system", "glibc", BASELINE, "mimalloc"];
const SEEDS = [1, 2, 3];

/** The patterns, each with several MB live, so that pages and what a process has anyway weigh little. */
const PATTERNS = [
  { name: "turns", live: 100_000 },
  { name: "half-turns", live: 100_000 },
  { name: "sawtooth", live: 60_000 },
  { name: "uniforms", live: 20_000 },
] as const;
const OPERATIONS = 2_000_000;

/** Held bytes for each live byte, over the seeds of one pattern. */
export interface Fragmentation {
  readonly pattern: string;
  readonly contender: string;
  /** Why there is no figure. */
  readonly fault?: string;
  /** Most bytes in use divided by most live bytes. */
  readonly peak?: Spread;
  /** The same when the pattern ends, before the live blocks are released. */
  readonly end?: Spread;
}

/** Measures every pattern, through each contender that is there. */
export async function measureFragmentation(
  bench: Bench,
  { settings, less = 1 }: { readonly settings: Settings; readonly less?: number },
): Promise<readonly Fragmentation[]> {
  const rows: Fragmentation[] = [];
  for (const { name, live } of PATTERNS) {
    const liveAtEnd = new Map<string, number>();
    const sources = SEEDS.map((seed): Source => {
      const workload = `${name} ${seed}`;
      return {
        name: workload,
        about: WORKLOADS[name].stresses,
        make() {
          const trace = WORKLOADS[name].make({ seed, operations: OPERATIONS / less, live: live / less });
          const columns = untilReleased(columnsOf(trace));
          liveAtEnd.set(workload, liveAt(columns));
          return columns;
        },
      };
    });
    const { results } = await bench.measure(sources, CONTENDERS, { ...settings, rounds: 0 });
    for (const contender of new Set(results.map((it) => it.contender))) {
      if (isEmptyLoop(contender)) continue;
      const own = results.filter((it) => it.contender === contender);
      const fault = own.find((it) => it.fault !== undefined)?.fault;
      rows.push({
        pattern: name,
        contender,
        ...(fault === undefined
          ? {
              peak: spread(own.map((it) => 1 / it.utilisation!)),
              end: spread(own.map((it) => it.end! / liveAtEnd.get(it.workload)!)),
            }
          : { fault }),
      });
    }
  }
  return rows;
}

/** Returns columns whose timed part ends before the release of all blocks that are left. */
export function untilReleased(columns: Columns): Columns {
  let end = columns.length;
  while (end > 0 && columns.kinds[end - 1] === RELEASE) end--;
  return { ...columns, end };
}

/** Returns the live bytes after the timed part. */
function liveAt({ end, size, before }: Columns): number {
  let bytes = 0;
  for (let index = 0; index < end; index++) bytes += size[index]! - before[index]!;
  return bytes;
}

/** A row for each contender and pattern. */
export function fragmentationRows(measured: readonly Fragmentation[]): Rows {
  return [
    ["pattern", "contender", "at the peak", "from", "to", "at the end", "from", "to"],
    ...measured.map(({ pattern, contender, fault, peak, end }) => [
      pattern,
      contender,
      ...(fault === undefined ? [...cellsOf(peak!), ...cellsOf(end!)] : [`fails: ${fault}`, "", "", "", "", ""]),
    ]),
  ];
}

function cellsOf({ median, least, most }: Spread): string[] {
  return [median, least, most].map((figure) => figure.toFixed(2));
}

export const FRAGMENTATION = "Bounded fragmentation";

/** The section of the document. */
export function fragmentationText(measured: readonly Fragmentation[]): string {
  return `## ${FRAGMENTATION}

The bytes that a heap holds for each live byte, as requested: the most held divided by the most live, and both when the pattern ends with
its last allocation. \`npm run bench -- fragmentation --out docs/heap.md\` writes this section. The patterns are workloads of the
[testkit](../packages/testkit/README.md), from ${SEEDS.length} seeds: the median, the minimum and the maximum.

- ${PATTERNS.map(({ name }) => `${name}: ${WORKLOADS[name].stresses}`).join("\n- ")}

Held are, for \`system()\`, the bytes of its [\`footprint()\`](contract.md#12-what-an-allocator-tells-of-itself) with bookkeeping; for
\`glibc\` and mimalloc the growth of resident memory while each block is written in full; for \`${BASELINE}\` the bytes from the system, as
\`mallinfo2\` has them (arena and hblkhd).

A slab with few live blocks is cut before the heap grows: short parts around these blocks remain, and the rest serves other sizes. For
that all magazines are emptied first. It is time for it when the heap has grown by a 64th part, or when a 16th part of it was released
since; so a phase that uses other sizes than the one before does not grow the heap first. Each cut is paid for by released blocks, also
while requests fail: after a failure, magazines are filled with one block, then two, and so on.

${markdown(fragmentationRows(measured))}`;
}

/** Returns a document with another section of that title, or with one more at its end. */
export function withSection(document: string, title: string, section: string): string {
  const start = document.indexOf(`## ${title}\n`);
  if (start < 0) return `${document.trimEnd()}\n\n${section}\n`;
  const next = document.indexOf("\n## ", start);
  const rest = next < 0 ? "" : document.slice(next);
  return `${document.slice(0, start)}${section}\n${rest}`;
}
