/**
 * Checked: a heap that detects every misuse, of small blocks too.
 *
 *     deallocate    address ─▶ page map ─▶ slab: same class? ─▶ block: at its start? ─▶ bit: live?     then pushed
 *     allocate      the top of the magazine; its bit is cleared
 *
 * @module
 */
import type { Allocator, Layout, MisuseCode, Null, Ptr, SelfDescription } from "@alloc/core";
import { hide, NO_LAYOUT, requireLayouts } from "@alloc/core/author";
import type { Found } from "./heap/found.ts";
import type { Extents } from "./heap/large/extents.ts";
import { misuseAt } from "./heap/misuse.ts";
import { ADDRESS, BITS, KIND } from "./heap/records.ts";
import { blocksOf, HEADER } from "./heap/small/bits.ts";
import type { CheckedMagazines } from "./heap/small/checked-magazines.ts";
import type { CheckedSlabs } from "./heap/small/checked-slabs.ts";
import { LIMIT, STRIDE } from "./heap/small/magazines.ts";
import { BYTES, classFor, MOST_ALIGN, STEPS } from "./heap/small/size-classes.ts";
import { RECORD, SHIFT } from "./heap/words.ts";
import { SystemMachine } from "./system-machine.ts";

/** By step: the reciprocal of the block size, shifted by PER_LOG. Multiplying by it divides a distance in a slab. */
const PER_LOG = 17;
const PER = /* @__PURE__ */ Uint16Array.from(BYTES, (bytes) => Math.ceil(2 ** PER_LOG / bytes));

const DETECTS: readonly MisuseCode[] = ["foreign-pointer", "double-free", "interior-pointer", "wrong-layout"];

export class CheckedMachine extends SystemMachine {
  declare readonly magazines: CheckedMagazines;
  override readonly detects = DETECTS;
  readonly slabs!: CheckedSlabs;
  readonly extents!: Extents;

  constructor(parent: Allocator, found?: Found) {
    super(parent, true, found);
    const { slabs, extents } = this.heap;
    hide(this, { slabs, extents });
  }

  override allocate(layout: Layout): Ptr | Null {
    const { size, align } = layout ?? NO_LAYOUT;
    const step = ~(-size & -align) >>> 2;
    if (step >= STEPS || align > MOST_ALIGN)
      return size >= 0 ? this.take(size, align) : this.expectLayout(layout, "allocate").dangling;
    const at = this.places[step]!;
    const { words, places } = this.magazines;
    const top = words[at]!;
    const ptr = words[top]!;
    if (ptr === 0) return this.heap.refill(at);
    words[at] = top - 1;
    const place = places[top]!;
    this.slabs.bits.words[place >>> 5]! &= ~(1 << place);
    return ptr as Ptr;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout != null && layout.size > 0 && layout.align > 0) this.end(ptr, layout.size, layout.align);
    else this.expectLayout(layout, "deallocate");
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    const sizeClass = classFor(from.size, from.align, this.coarsest);
    if (sizeClass !== 0) this.placeOf(ptr, sizeClass);
    return super.resizeInPlace(ptr, from, to);
  }

  override describeSelf(): SelfDescription {
    return { kind: "system", options: { checked: true }, state: this.heap.state() };
  }

  /** Ends a live block: one load each from the page map, the slab and the bits. Takes numbers, so that no layout is needed. */
  end(ptr: Ptr, size: number, align: number): void {
    const step = ~(-size & -align) >>> 2;
    if (step >= STEPS || align > MOST_ALIGN) {
      this.give(ptr, size, align);
      return;
    }
    const { words: records, directory } = this.extents;
    const { entries } = directory;
    const bits = this.slabs.bits.words;
    const entry = (ptr >>> directory.log) + records[SHIFT]!;
    let slab = entries[entry]! << RECORD;
    if (slab === 0 || records[slab + ADDRESS]! > ptr >>> 4) slab = entries[entry - 1]! << RECORD;
    const start = (records[slab + ADDRESS]! << 4) >>> 0;
    const block = Math.imul((ptr - start) | 0, PER[step]!) >>> PER_LOG;
    const area = records[slab + BITS]!;
    const word = area + HEADER + (block >>> 5);
    const free = bits[word]!;
    const at = this.places[step]!;
    if (
      slab === 0 ||
      records[slab + KIND]! * STRIDE !== at ||
      start + block * BYTES[step]! !== ptr ||
      block >= blocksOf(bits[area]!) ||
      ((free >>> block) & 1) !== 0
    ) {
      throw misuseAt(this.heap, ptr);
    }
    bits[word] = free | (1 << block);
    const place = (word << 5) + (block & 31);
    const { words, places } = this.magazines;
    const top = words[at]! + 1;
    if (top <= words[at + LIMIT]!) {
      words[top] = ptr;
      places[top] = place;
      words[at] = top;
    } else this.magazines.pushAt(at, ptr, place);
  }

  override pop(sizeClass: number): Ptr | Null {
    const at = sizeClass * STRIDE;
    return (this.magazines.isEmpty(at) ? this.heap.refill(at) : this.magazines.pop(at)) as Ptr | Null;
  }

  override push(ptr: Ptr, sizeClass: number): void {
    const place = this.placeOf(ptr, sizeClass);
    this.slabs.bits.words[place >>> 5]! |= 1 << place;
    this.magazines.pushAt(sizeClass * STRIDE, ptr, place);
  }

  override requireBlock(ptr: Ptr, size: number, sizeClass: number): void {
    if (sizeClass !== 0) this.placeOf(ptr, sizeClass);
    else super.requireBlock(ptr, size, sizeClass);
  }

  /**
   * Returns the place of the bit of the live block of a class at an address.
   *
   * @throws `MisuseError` if no such block is live
   */
  placeOf(ptr: Ptr, sizeClass: number): number {
    const place = this.slabs.place(ptr, sizeClass);
    if (place === 0) throw misuseAt(this.heap, ptr);
    return place;
  }
}
