/**
 * Heap report: how a `system()` uses its memory, computed from its words alone. So it also works on a description from another
 * thread, or from the past.
 *
 *     held    │ live: small, large │ cached: magazines, slabs, parked │ free: extents by size │ untouched │      each byte once
 *
 * @module
 */
import { type Allocator, ArgumentError, type SelfDescription } from "@alloc/core";
import { isAllocator, nameOf, shown } from "@alloc/core/author";
import { BITS, FREE, GRANULE, KIND, LARGE, PARKED, SIZE } from "./heap/records.ts";
import { blocksOf, freeOf } from "./heap/small/bits.ts";
import { BASE, TOP as FILLED, STRIDE } from "./heap/small/magazines.ts";
import { CLASSES, classSize } from "./heap/small/size-classes.ts";
import { END, FIRST, LIMIT, RECORD, TOP } from "./heap/words.ts";

/** Free extents of at least `least` and less than twice as many bytes. */
export interface FreeExtents {
  /** Bytes, a power of two. */
  readonly least: number;
  /** Number of extents. */
  readonly extents: number;
  /** Sum of their bytes. */
  readonly bytes: number;
}

/** The words used here: see `Heap.state`. */
type State = Readonly<Record<"magazines" | "extents" | "bits", Int32Array | Uint32Array>>;

/** The memory use of a heap. All numbers are bytes, except `blocks` and `extents`. */
export interface HeapReport {
  /** The name of the heap, if it has one. */
  readonly name?: string;
  /** All bytes from the parent: the sum of the following, up to `untouched`. */
  readonly held: number;
  /** Number of live blocks, and their usable bytes: in slabs, and as extents of their own. */
  readonly live: { readonly blocks: number; readonly small: number; readonly large: number };
  /** Cached bytes: in magazines, in slabs including what is left over there, and in parked large blocks. */
  readonly cached: { readonly magazines: number; readonly slabs: number; readonly parked: number };
  /** Extents for any request, the shortest first. */
  readonly free: readonly FreeExtents[];
  /** Bytes after the last extent of the newest chunk. Not part of `held` of the `footprint`; `trim` returns them. */
  readonly untouched: number;
  /** Upper bound of the slack in the live bytes. The slack is less if requests match size classes. */
  readonly slackAtMost: number;
  /** Returns the report as a table. */
  toString(): string;
}

/**
 * Returns the memory use of a heap. Cost: O(extents + size classes).
 *
 * @param heap - a `system()`, a wrapper of one, or its description: `heap.describeSelf()`, or its node in `chain.describe()`
 * @throws `TypeError` if it is anything else
 * @example
 * ```ts
 * import { Layout } from "@alloc/core";
 * import { heapReport, system } from "@alloc/global";
 *
 * using heap = system();
 * heap.allocate(Layout.of(100));
 * heap.allocate(Layout.of(5000));
 * const report = heapReport(heap);
 * report.live; // => { blocks: 2, small: 104, large: 5056 }
 * report.held - report.untouched === heap.footprint().held; // => true
 * ```
 */
export function heapReport(heap: Allocator | SelfDescription): HeapReport {
  const self = descriptionOf(heap);
  const { magazines, extents, bits } = self.state as unknown as State;
  const live = { blocks: 0, small: 0, large: 0 };
  const cached = { magazines: 0, slabs: 0, parked: 0 };
  const octaves = new Map<number, FreeExtents>();
  const untouched = (extents[LIMIT]! - extents[TOP]!) * GRANULE;
  let held = untouched;
  let slackAtMost = 0;
  for (let record = FIRST; record < extents[END]!; record += 1 << RECORD) {
    const bytes = extents[record + SIZE]! * GRANULE;
    const kind = extents[record + KIND]!;
    if (bytes === 0) continue;
    held += bytes;
    if (kind === FREE) {
      const least = 2 ** Math.floor(Math.log2(bytes));
      const before = octaves.get(least) ?? { least, extents: 0, bytes: 0 };
      octaves.set(least, { least, extents: before.extents + 1, bytes: before.bytes + bytes });
    } else if (kind === PARKED) cached.parked += bytes;
    else if (kind === LARGE) {
      live.blocks++;
      live.large += bytes;
      slackAtMost += Math.ceil(bytes / 64) - 1;
    } else {
      const counts = bits[extents[record + BITS]!]!;
      const taken = blocksOf(counts) - freeOf(counts);
      live.blocks += taken;
      live.small += taken * classSize(kind);
      cached.slabs += bytes - taken * classSize(kind);
      slackAtMost += taken * slackOf(kind);
    }
  }
  for (let sizeClass = 1; sizeClass < CLASSES; sizeClass++) {
    const blocks = magazines[sizeClass * STRIDE + FILLED]! - magazines[sizeClass * STRIDE + BASE]!;
    const bytes = blocks * classSize(sizeClass);
    live.blocks -= blocks;
    live.small -= bytes;
    cached.magazines += bytes;
    slackAtMost -= blocks * slackOf(sizeClass);
  }
  const free = [...octaves.values()].sort((a, b) => a.least - b.least);
  const name = isAllocator(heap) ? nameOf(heapOf(heap)) : heap.options?.name;
  const report = { ...(typeof name === "string" && { name }), held, live, cached, free, untouched, slackAtMost };
  return Object.defineProperty(report, "toString", { value: () => textOf(report) });
}

/** Returns the description of a `system()`: of itself, or inside a chain of wrappers. */
function descriptionOf(heap: Allocator | SelfDescription): SelfDescription {
  const self = isAllocator(heap) ? heapOf(heap).describeSelf() : heap;
  if (self?.kind === "system" && Object(self.state) === self.state) return self;
  throw new ArgumentError(
    `heapReport expects a system() or its description, got ${shown(self?.kind ?? heap)}: occupancy(heap) reports on any allocator with blocks`,
  );
}

/** Returns what wrappers of one allocator wrap. */
function heapOf(allocator: Allocator): Allocator {
  let at = allocator;
  while (at.children.length === 1) at = at.children[0]!;
  return at;
}

/** Returns the largest slack of a block of a class. */
function slackOf(sizeClass: number): number {
  return classSize(sizeClass) - classSize(sizeClass - 1) - 1;
}

function counted(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}

function textOf({ name, held, live, cached, free, untouched, slackAtMost }: Omit<HeapReport, "toString">): string {
  const row = (label: string, bytes: number, more = "") =>
    `${label.padEnd(24)} ${bytes.toLocaleString("en-US").padStart(15)}${held === 0 ? "" : `${((100 * bytes) / held).toFixed(1).padStart(7)} %`}${more}`;
  return [
    ...(name === undefined ? [] : [JSON.stringify(name)]),
    row("held, in bytes", held),
    row("live in slabs", live.small),
    row("live in extents", live.large, `   ${counted(live.blocks, "block")} in all`),
    row("of which slack, at most", slackAtMost),
    row("cached in magazines", cached.magazines),
    row("cached in slabs", cached.slabs),
    row("cached parked", cached.parked),
    ...free.map(({ least, extents, bytes }) =>
      row(`free from ${least.toLocaleString("en-US")}`, bytes, `   ${counted(extents, "extent")}`),
    ),
    row("untouched", untouched),
  ].join("\n");
}
