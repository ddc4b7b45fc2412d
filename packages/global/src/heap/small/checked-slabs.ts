/**
 * Checked slabs: the bits of a slab show at any time which of its blocks are live.
 *
 *     bit                             0 live   1 free, or in a magazine
 *     release                         tests the bit, which detects a double free, and sets it
 *     allocation                      clears it: the magazine stores the place of the bit next to the address
 *     a batch for a magazine          takes addresses and leaves the bits
 *
 * This needs no other words, because a magazine is only filled when it is empty: then every set bit belongs to a free block.
 *
 * @module
 */
import { ADDRESS, BITS, KIND, SIZE } from "../records.ts";
import { HEADER, HINT } from "./bits.ts";
import { classSize } from "./size-classes.ts";
import { Slabs, type Waiting } from "./slabs.ts";
import { checkSlabs } from "./slabs-check.ts";

/** Words of bits whose places fit in 32 bits. */
const MOST_WORDS = 2 ** 27;

export class CheckedSlabs extends Slabs {
  /** The place of the bit of each address, by its slot in the magazines, which own this array. */
  places: Uint32Array = new Uint32Array(0);

  override take(sizeClass: number, most: number, into: Uint32Array, base: number): number {
    const slab = this.partial[sizeClass]!;
    const { extents, bits, places } = this;
    const area = extents.words[slab + BITS]!;
    const free = bits.free(area);
    const count = Math.min(most, free);
    const start = extents.words[slab + ADDRESS]! << 4;
    bits.lend(area, count, into, places, base + count, start, classSize(sizeClass));
    if (count === free) this.partial[sizeClass] = extents.unlink(slab, slab);
    this.count(sizeClass, -count);
    return count;
  }

  /** Takes blocks back whose bits are already set. */
  override put(sizeClass: number, from: Uint32Array, base: number, top: number): void {
    const { words, directory } = this.extents;
    const { places } = this;
    const bits = this.bits.words;
    let start = 0;
    let end = 0;
    let slab = 0;
    let area = 0;
    let first = base + 1;
    for (let slot = first; slot <= top; slot++) {
      const ptr = from[slot]!;
      if (ptr < start || ptr >= end) {
        if (slab !== 0) this.returned(slab, sizeClass, slot - first);
        first = slot;
        slab = directory.find(ptr >>> 4);
        start = (words[slab + ADDRESS]! << 4) >>> 0;
        end = start + (words[slab + SIZE]! << 4);
        area = words[slab + BITS]!;
      }
      const word = (places[slot]! >>> 5) - area - HEADER;
      if (word < bits[area]! >>> HINT) this.bits.hint(area, word);
    }
    this.returned(slab, sizeClass, top + 1 - first);
  }

  /** Returns the place of the bit of the live block of a class at an address; 0 if there is none. */
  place(ptr: number, sizeClass: number): number {
    const { words } = this.extents;
    const slab = this.extents.directory.find(ptr >>> 4);
    if (slab === 0 || words[slab + KIND] !== sizeClass) return 0;
    const block = this.locate(slab, ptr);
    return block < 0 ? 0 : ((words[slab + BITS]! + HEADER) << 5) + block;
  }

  override check(magazines?: Waiting): void {
    const marked = new Map<number, number>();
    magazines?.each((ptr) => {
      const slab = this.extents.directory.find(ptr >>> 4);
      marked.set(slab, (marked.get(slab) ?? 0) + 1);
    });
    checkSlabs(this, marked);
  }

  override make(sizeClass: number): number {
    return this.bits.used < MOST_WORDS ? super.make(sizeClass) : 0;
  }
}
