/**
 * Misuse: what is wrong with an address or its layout, found by a slow search after the fast path has failed.
 *
 * @module
 */
import type { Allocator, MisuseCode, MisuseError, Ptr } from "@alloc/core";
import { bytesText, misuseOf } from "@alloc/core/author";
import type { Heap } from "./heap.ts";
import { GRANULE, KIND, LARGE } from "./records.ts";
import { classSize } from "./small/size-classes.ts";

/** Makes the error for an address at which no block of the given size is live. O(extents). */
export function misuseAt(heap: Heap, ptr: Ptr): MisuseError {
  const { extents, slabs } = heap;
  if (extents.chunks.find(Math.floor(ptr / GRANULE)) < 0) {
    return misuseIn(heap, "foreign-pointer", `${ptr} does not lie in this heap`);
  }
  const large = heap.large(ptr);
  const bytes = large === 0 ? classSize(slabs.classAt(ptr)) : extents.size(large) * GRANULE;
  if (bytes !== 0) {
    return misuseIn(
      heap,
      "wrong-layout",
      `the block at ${ptr} has ${bytes} usable bytes, got a layout of another size`,
    );
  }
  let inside = 0;
  extents.each((record) => {
    const offset = ptr - extents.address(record) * GRANULE;
    const kind = extents.words[record + KIND]!;
    if ((kind !== LARGE && kind <= 0) || offset < 0 || offset >= extents.size(record) * GRANULE) return;
    inside = kind === LARGE ? offset : offset % classSize(kind);
  });
  if (inside === 0) return misuseIn(heap, "double-free", `no block is live at ${ptr}`);
  return misuseIn(heap, "interior-pointer", `${ptr} lies ${bytesText(inside)} inside a block`);
}

/** Makes an error that names the allocator of the heap. */
export function misuseIn(heap: Heap, code: MisuseCode, message: string): MisuseError {
  // Of an allocator, which a chunk is requested for, only a flag is known here.
  return misuseOf(heap.extents.chunks.caller as unknown as Allocator, code, message);
}
