/**
 * Heap report: what the memory of a `system()` holds, read from its words alone. So it works on a description that was posted
 * by another thread, or kept since yesterday.
 *
 *     held    │ live: small, large │ kept: magazines, slabs, parked │ free: extents by size │ untouched │      each byte in one place
 *
 * @module
 */
import type { Allocator, SelfDescription } from "@alloc/core";
import { BITS, FREE, GRANULE, KIND, LARGE, PARKED, SIZE } from "./heap/records.ts";
import { blocksOf, freeOf } from "./heap/small/bits.ts";
import { BASE, TOP as FILLED, STRIDE } from "./heap/small/magazines.ts";
import { CLASSES, classSize } from "./heap/small/size-classes.ts";
import { END, FIRST, LIMIT, RECORD, TOP } from "./heap/words.ts";

/** Free extents whose bytes are at least `least` and less than twice that. */
export interface FreeExtents {
  readonly least: number;
  readonly extents: number;
  readonly bytes: number;
}

/** The words that are read: see `Heap.state`. */
type State = Readonly<Record<"magazines" | "extents" | "bits", Int32Array | Uint32Array>>;

/** What a heap holds. All in bytes, but `blocks` and `extents`. */
export interface HeapReport {
  /** All that it has of its parent: the sum of what follows, up to `untouched`. */
  readonly held: number;
  /** Usable bytes of the blocks that are handed out: those of slabs, and those that are extents of their own. */
  readonly live: { readonly blocks: number; readonly small: number; readonly large: number };
  /** What waits for the next request: in magazines, in slabs with what is left over there, and large blocks. */
  readonly kept: { readonly magazines: number; readonly slabs: number; readonly parked: number };
  /** Extents for any request, the shortest first. */
  readonly free: readonly FreeExtents[];
  /** What lies behind the last extent of the newest chunk: `held` of the `footprint` leaves it out. `trim` gives it back. */
  readonly untouched: number;
  /** The most that of the live bytes may be more than was asked for; less, if sizes are those of classes. */
  readonly slackAtMost: number;
  /** A table for people. */
  toString(): string;
}

/**
 * Tells what a heap holds. Cost: O(extents + size classes).
 *
 * @param heap - a `system()`, or a wrapper of one; or its description: `heap.describeSelf()`, or its node in `chain.describe()`
 * @throws `TypeError` if it is something else
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
  const kept = { magazines: 0, slabs: 0, parked: 0 };
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
    } else if (kind === PARKED) kept.parked += bytes;
    else if (kind === LARGE) {
      live.blocks++;
      live.large += bytes;
      slackAtMost += Math.ceil(bytes / 64) - 1;
    } else {
      const counts = bits[extents[record + BITS]!]!;
      const taken = blocksOf(counts) - freeOf(counts);
      live.blocks += taken;
      live.small += taken * classSize(kind);
      kept.slabs += bytes - taken * classSize(kind);
      slackAtMost += taken * slackOf(kind);
    }
  }
  for (let sizeClass = 1; sizeClass < CLASSES; sizeClass++) {
    const blocks = magazines[sizeClass * STRIDE + FILLED]! - magazines[sizeClass * STRIDE + BASE]!;
    const bytes = blocks * classSize(sizeClass);
    live.blocks -= blocks;
    live.small -= bytes;
    kept.magazines += bytes;
    slackAtMost -= blocks * slackOf(sizeClass);
  }
  const free = [...octaves.values()].sort((a, b) => a.least - b.least);
  const report = { held, live, kept, free, untouched, slackAtMost };
  return Object.defineProperty(report, "toString", { value: () => textOf(report) });
}

/** Returns what a `system()` describes itself as: given itself, or a chain of wrappers around it. */
function descriptionOf(heap: Allocator | SelfDescription): SelfDescription {
  let at: Allocator | SelfDescription = heap;
  while (isAllocator(at) && at.children.length === 1) at = at.children[0]!;
  const self = isAllocator(at) ? at.describeSelf() : at;
  if (self?.kind === "system" && Object(self.state) === self.state) return self;
  throw new TypeError(`heapReport expects a system(), or its description, got ${shown(self?.kind)}`);
}

function isAllocator(value: Allocator | SelfDescription): value is Allocator {
  return typeof (Object(value) as Partial<Allocator>).describeSelf === "function";
}

/** Returns a name of an error message: bounded, whatever it is. */
function shown(kind: unknown): string {
  return typeof kind === "string" ? JSON.stringify(kind.slice(0, 40)) : typeof kind;
}

/** Returns the most that a block of a class may be larger than what was asked for. */
function slackOf(sizeClass: number): number {
  return classSize(sizeClass) - classSize(sizeClass - 1) - 1;
}

function textOf({ held, live, kept, free, untouched, slackAtMost }: Omit<HeapReport, "toString">): string {
  const row = (label: string, bytes: number, more = "") =>
    `${label.padEnd(24)} ${bytes.toLocaleString("en-US").padStart(15)}${held === 0 ? "" : `${((100 * bytes) / held).toFixed(1).padStart(7)} %`}${more}`;
  return [
    row("held, in bytes", held),
    row("live in slabs", live.small),
    row("live in extents", live.large, `   ${live.blocks.toLocaleString("en-US")} blocks in all`),
    row("of that slack, at most", slackAtMost),
    row("kept in magazines", kept.magazines),
    row("kept in slabs", kept.slabs),
    row("kept parked", kept.parked),
    ...free.map(({ least, extents, bytes }) =>
      row(`free from ${least.toLocaleString("en-US")}`, bytes, `   ${extents.toLocaleString("en-US")} extents`),
    ),
    row("untouched", untouched),
  ].join("\n");
}
