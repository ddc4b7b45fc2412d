/**
 * Checked: the machine of a heap that sees each misuse, of small blocks too.
 *
 *     deallocate    address ─▶ page map ─▶ slab: of this class? ─▶ block: at its start? ─▶ bit: live?     then pushed
 *     allocate      the top of the magazine, and its bit cleared
 *
 * @module
 */
import { type Allocator, type Layout, type MisuseCode, MisuseError, type Null, type Ptr } from "@alloc/core";
import { BLOCKS, BLOCKS_MASK, HEADER } from "./heap/bits.ts";
import type { CheckedMagazines } from "./heap/checked-magazines.ts";
import type { CheckedSlabs } from "./heap/checked-slabs.ts";
import type { Extents } from "./heap/extents.ts";
import { LIMIT, STRIDE } from "./heap/magazines.ts";
import { ADDRESS, BITS, KIND } from "./heap/records.ts";
import { BYTES, classFor, MOST_ALIGN, STEPS } from "./heap/size-classes.ts";
import { RECORD, SHIFT } from "./heap/words.ts";
import { SystemMachine } from "./system-machine.ts";

/** By step: what a distance in a slab is multiplied by to be a number of blocks, shifted by PER_LOG. */
const PER_LOG = 17;
const PER = /* @__PURE__ */ Uint16Array.from(BYTES, (bytes) => Math.ceil(2 ** PER_LOG / bytes));

const SEES: readonly MisuseCode[] = ["foreign-pointer", "double-free", "interior-pointer", "wrong-layout"];

export class CheckedMachine extends SystemMachine {
  declare readonly magazines: CheckedMagazines;
  override readonly sees = SEES;
  readonly slabs: CheckedSlabs;
  readonly extents: Extents;

  constructor(parent: Allocator) {
    super(parent, true);
    this.extents = this.heap.extents;
    this.slabs = this.heap.slabs as CheckedSlabs;
  }

  override allocate(layout: Layout): Ptr | Null {
    const { size, align } = layout;
    const step = ~(-size & -align) >>> 2;
    if (step >= STEPS || align > MOST_ALIGN) return this.take(size, align);
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
    this.end(ptr, layout.size, layout.align);
  }

  end(ptr: Ptr, size: number, align: number): void {
    const step = ~(-size & -align) >>> 2;
    if (step >= STEPS || align > MOST_ALIGN) return this.give(ptr, size, align);
    const { words: records, directory } = this.extents;
    const { entries } = directory;
    const bits = this.slabs.bits.words;
    const entry = (ptr >>> directory.log) + records[SHIFT]!;
    let slab = entries[entry]! << RECORD;
    if (records[slab + ADDRESS]! > ptr >>> 4 || slab === 0) slab = entries[entry - 1]! << RECORD;
    const offset = (ptr - (records[slab + ADDRESS]! << 4)) | 0;
    const block = Math.imul(offset, PER[step]!) >>> PER_LOG;
    const area = records[slab + BITS]!;
    const word = area + HEADER + (block >>> 5);
    const bit = 1 << block;
    const free = bits[word]!;
    const at = this.places[step]!;
    if (
      slab === 0 ||
      records[slab + KIND]! * STRIDE !== at ||
      Math.imul(block, BYTES[step]!) !== offset ||
      block >= ((bits[area]! >>> BLOCKS) & BLOCKS_MASK) ||
      (free & bit) !== 0
    ) {
      return this.refuse(ptr, size, align);
    }
    bits[word] = free | bit;
    const { words, places } = this.magazines;
    const top = words[at]! + 1;
    if (top <= words[at + LIMIT]!) {
      words[top] = ptr;
      places[top] = (word << 5) + (block & 31);
      words[at] = top;
    } else this.magazines.pushAt(at, ptr, (word << 5) + (block & 31));
  }

  override takeSmall(size: number, align: number): Ptr | Null {
    const at = classFor(size, align) * STRIDE;
    if (at === 0) return super.takeSmall(size, align);
    const { words, places } = this.magazines;
    const top = words[at]!;
    const ptr = words[top]!;
    if (ptr === 0) return this.heap.refill(at);
    words[at] = top - 1;
    const place = places[top]!;
    this.slabs.bits.words[place >>> 5]! &= ~(1 << place);
    return ptr as Ptr;
  }

  override giveSmall(ptr: Ptr, size: number, align: number): void {
    const sizeClass = classFor(size, align);
    if (sizeClass === 0) return super.giveSmall(ptr, size, align);
    const place = this.slabs.place(ptr, sizeClass);
    if (place === 0) this.refuse(ptr, size, align);
    this.slabs.bits.words[place >>> 5]! |= 1 << place;
    this.magazines.pushAt(sizeClass * STRIDE, ptr, place);
  }

  refuse(ptr: Ptr, size: number, align: number): never {
    throw new MisuseError("double-free", `${ptr} ${size} ${align}`);
  }
}
