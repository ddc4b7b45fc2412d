/**
 * Directory: the page map of the heap, from an address to its extent. One entry for every 512 bytes from the lowest chunk on; in
 * a small memory, for every `least` bytes, the shortest used extent.
 *
 *     memory    │    slab A     │ slab B ┊              large C                │
 *     entries   │   A   │   A   │   C    │    0    │    0    │    0    …              512 bytes each
 *
 * An entry names the used extent that *starts* in its 512 bytes, otherwise the slab that covers them. Used extents have at least
 * 512 bytes, so at most one starts there. If the entry of an address is 0 or starts after the address, the address belongs to the
 * extent of the entry before, if to any.
 *
 * An entry is the number of a record, in 16 bits until there are more records.
 *
 * @module
 */
import { ADDRESS, GRANULE, type Records } from "../records.ts";
import { ENTRIES, RECORD, SHIFT } from "../words.ts";

/** The first record whose number has more than 16 bits. */
const WIDE = 2 ** (16 + RECORD);

export class Directory {
  readonly records: Records;
  /** Bytes per entry, and granules per entry, as logarithms. */
  readonly log: number;
  readonly granuleLog: number;
  entries: Uint16Array | Int32Array;

  /** @param entries - those of a heap that is made again. Default: new ones */
  constructor(records: Records, entries?: Uint16Array | Int32Array) {
    const { memory } = records;
    this.records = records;
    this.log = Math.log2(records.least);
    this.granuleLog = Math.log2(records.least / GRANULE);
    // Other threads hold shared words, so these have full width and length from the start.
    this.entries =
      entries ??
      (memory.shared
        ? memory.words(Int32Array, Math.ceil(memory.maximum / records.least) + 1)
        : memory.words(Uint16Array, 0));
  }

  /** Bytes in use. */
  get bookkeeping(): number {
    return this.records.words[ENTRIES]! * this.entries.BYTES_PER_ELEMENT;
  }

  /** Makes room for the entries of all chunks, which lie from granule `start` up to `end`. */
  cover(start: number, end: number): void {
    const { memory, words } = this.records;
    if (memory.shared) return;
    const first = start >>> this.granuleLog;
    const isEmpty = this.entries.length === 0;
    const origin = isEmpty ? first : Math.min(first, -words[SHIFT]!);
    const more = isEmpty ? 0 : -words[SHIFT]! - origin;
    // Not the entries there were and `more`: that would double them for each chunk that lies below all others.
    this.entries = memory.widen(this.entries, (end >>> this.granuleLog) + 1 - origin);
    if (more > 0) {
      this.entries.copyWithin(more, 0, words[ENTRIES]!).fill(0, 0, more);
      words[ENTRIES]! += more;
    }
    words[SHIFT] = -origin;
  }

  /** Returns the used extent that may contain an address; 0 if there is none. */
  find(granule: number): number {
    const { entries } = this;
    const index = (granule >>> this.granuleLog) + this.records.words[SHIFT]!;
    if (index < 0 || index >= entries.length) return 0;
    const record = entries[index]! << RECORD;
    if (record !== 0 && this.records.words[record + ADDRESS]! <= granule) return record;
    return index > 0 ? entries[index - 1]! << RECORD : 0;
  }

  /** Returns the entry of an address: the extent that starts in the same 512 bytes, otherwise another one, or 0. */
  at(granule: number): number {
    // Without an entry, `undefined << RECORD` is 0.
    return this.entries[(granule >>> this.granuleLog) + this.records.words[SHIFT]!]! << RECORD;
  }

  /** Enters a large block at its start. */
  enterLarge(record: number, granule: number): void {
    if (record >= WIDE) this.broaden();
    const { entries } = this;
    const { words } = this.records;
    const index = (granule >>> this.granuleLog) + words[SHIFT]!;
    entries[index] = record >>> RECORD;
    if (index >= words[ENTRIES]!) words[ENTRIES] = index + 1;
  }

  /** Enters a slab at its start, and wherever no other used extent starts. */
  enterSlab(record: number, granule: number, size: number): void {
    if (record >= WIDE) this.broaden();
    const { entries } = this;
    const { words } = this.records;
    const first = (granule >>> this.granuleLog) + words[SHIFT]!;
    const last = ((granule + size - 1) >>> this.granuleLog) + words[SHIFT]!;
    const number = record >>> RECORD;
    entries[first] = number;
    for (let index = first + 1; index < last; index++) entries[index] = number;
    if (entries[last] === 0) entries[last] = number;
    if (last >= words[ENTRIES]!) words[ENTRIES] = last + 1;
  }

  leaveLarge(granule: number): void {
    this.entries[(granule >>> this.granuleLog) + this.records.words[SHIFT]!] = 0;
  }

  leaveSlab(record: number, granule: number, size: number): void {
    const { entries } = this;
    const { words } = this.records;
    const first = (granule >>> this.granuleLog) + words[SHIFT]!;
    const last = ((granule + size - 1) >>> this.granuleLog) + words[SHIFT]!;
    const number = record >>> RECORD;
    for (let index = first; index <= last; index++) if (entries[index] === number) entries[index] = 0;
  }

  clear(): void {
    this.entries.fill(0);
    this.records.words[ENTRIES] = 0;
  }

  /** Widens the entries for any record. */
  broaden(): void {
    if (this.entries.BYTES_PER_ELEMENT === 4) return;
    const wide = this.records.memory.words(Int32Array, this.entries.length);
    wide.set(this.entries);
    this.entries = wide;
  }
}
