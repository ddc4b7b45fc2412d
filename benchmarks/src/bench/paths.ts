/**
 * paths: which way the calls of a program take through `system()`.
 *
 *     magazine     most calls: two words, inlined in the loop
 *     zeroed       as that, and the bytes are zeroed
 *     moved        a resize that allocates, copies and releases
 *     parked       a large block of the size of one that was just released
 *     searched     a large block or a slab cut out of a free extent, and its way back
 *     refill, flush, press      the caches of small blocks
 *
 * The counts are of a run in a heap that has played the trace before; they are the same each time.
 *
 * @module
 */
import { Layout, Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { markdown, type Rows } from "../../../checks/support/markdown.ts";
import type { Columns } from "./columns.ts";
import { playAllocator } from "./play.ts";
import { tracesIn } from "./stage.ts";

/** Calls of the inner parts of a heap, by the path on which they are made. */
const PARTS = {
  allocateZeroed: "zeroed",
  move: "moved",
  "heap.allocateLarge": "large",
  "heap.extents.allocate": "searched",
  "heap.extents.release": "searched",
  "heap.magazines.refill": "refill",
  "heap.slabs.put": "flush",
  "heap.extents.press": "press",
} as const;

type Path = (typeof PARTS)[keyof typeof PARTS];
export const PATHS = [...new Set(Object.values(PARTS))] as readonly Path[];

/** Events of a trace, and how many took each path. An event may take several. */
export interface Paths extends Readonly<Record<Path, number>> {
  readonly trace: string;
  readonly events: number;
}

/** Counts the paths of each trace. */
export async function countPaths(traces: string): Promise<readonly Paths[]> {
  const all: Paths[] = [];
  for (const { name, make } of await tracesIn(traces)) all.push(pathsOf(name, await make()));
  return all;
}

/** Counts the paths of one trace, in its second run. */
export function pathsOf(trace: string, columns: Columns): Paths {
  using heap = system({ parent: pages(Memory.linear()) });
  const counts = Object.fromEntries(PATHS.map((path) => [path, 0])) as Record<Path, number>;
  const ptrs = new Uint32Array(columns.slots);
  const play = () => playAllocator(columns, 0, columns.length, heap, ptrs, layoutOf);
  play();
  for (const [part, path] of Object.entries(PARTS)) count(heap, part.split("."), () => counts[path]++);
  play();
  return { trace, events: columns.length, ...counts };
}

function layoutOf(size: number, align: number): Layout {
  return Layout.of(size, Math.max(8, align));
}

/** Has a method of a part of the heap counted. */
function count(heap: object, path: readonly string[], counted: () => void): void {
  const name = path.at(-1)!;
  type Parts = Record<string, unknown>;
  const owner = path.slice(0, -1).reduce((part, field) => part[field] as Parts, heap as Parts);
  const method = owner[name] as ((...args: unknown[]) => unknown) | undefined;
  if (method === undefined) throw new Error(`the heap has no ${path.join(".")} to be counted`);
  Object.defineProperty(owner, name, {
    value(this: unknown, ...args: unknown[]) {
      counted();
      return method.apply(this, args);
    },
  });
}

/** A row for each trace: of a thousand events, how many take each path. */
export function pathRows(all: readonly Paths[]): Rows {
  return [
    ["trace", "events", ...PATHS],
    ...all.map((paths) => [
      paths.trace,
      paths.events.toLocaleString("en"),
      ...PATHS.map((path) => ((1000 * paths[path]) / paths.events).toFixed(1)),
    ]),
  ];
}

/** The section of the document. */
export function pathsText(all: readonly Paths[]): string {
  return `## Where the time goes

Of a thousand events of each trace, how many leave the shortest path through \`system()\`, in a heap that has played the trace before.
\`npm run bench -- paths <folder of traces>\` prints this table; the counts are the same each time. The shortest path is a load and a
store in the magazine of the size, and engines inline it. The others are calls:

- zeroed: a block whose bytes are zeroed
- moved: a resize that has to allocate, copy and release; a malloc without size classes often finds room after the block
- large: a block of more than 1 KiB; most come from a list of blocks of just this size
- searched: an extent that is cut out of a free one for a large block or a slab, or goes back and is coalesced
- refill, flush: a magazine that is empty, or full
- press: caches that are emptied before the heap grows

${markdown(pathRows(all))}`;
}
