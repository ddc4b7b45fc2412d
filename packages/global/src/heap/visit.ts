/**
 * Visiting: the blocks and ranges in the chunks of a heap.
 *
 *     a slab           │ live │ live │  cached  │ live │ cached │        cached: in a magazine, or free for blocks of its class
 *     large, parked    │        live        │    cached    │
 *     extents          │     free    │
 *     newest chunk     … │┈┈┈┈ free: untouched ┈┈┈┈│
 *
 * @module
 */
import type { BlockVisitor } from "@alloc/core";
import type { Heap } from "./heap.ts";
import { BITS, GRANULE, KIND, LARGE, PARKED } from "./records.ts";
import { classSize } from "./small/size-classes.ts";

/**
 * Visits each live block and each cached or free range between them, in address order. O(n log n) in extents, O(n) in blocks.
 */
export function visitBlocks(heap: Heap, visit: BlockVisitor): void {
  const { extents, magazines } = heap;
  const { top } = extents;
  const waiting = new Set<number>();
  magazines.each((ptr) => waiting.add(ptr));
  const records: number[] = [];
  extents.each((record) => records.push(record));
  records.sort((a, b) => extents.address(a) - extents.address(b));
  const untouched = (top.limit - top.granule) * GRANULE;
  const end = top.granule * GRANULE;
  let isPassed = untouched === 0;
  for (const record of records) {
    const start = extents.address(record) * GRANULE;
    if (!isPassed && start >= end) {
      visit(end, untouched, "free");
      isPassed = true;
    }
    const bytes = extents.size(record) * GRANULE;
    const kind = extents.words[record + KIND]!;
    if (kind > 0) visitSlab(heap, record, waiting, visit);
    else visit(start, bytes, kind === LARGE ? "live" : kind === PARKED ? "cached" : "free");
  }
  if (!isPassed) visit(end, untouched, "free");
}

function visitSlab({ extents, slabs }: Heap, slab: number, waiting: ReadonlySet<number>, visit: BlockVisitor): void {
  const area = extents.words[slab + BITS]!;
  const size = classSize(extents.words[slab + KIND]!);
  const start = extents.address(slab) * GRANULE;
  const end = start + extents.size(slab) * GRANULE;
  const blocks = slabs.bits.blocks(area);
  let from = start;
  for (let block = 0; block < blocks; block++) {
    const ptr = start + block * size;
    if (waiting.has(ptr) || slabs.bits.isFree(area, block)) continue;
    if (from < ptr) visit(from, ptr - from, "cached");
    visit(ptr, size, "live");
    from = ptr + size;
  }
  if (from < end) visit(from, end - from, "cached");
}
