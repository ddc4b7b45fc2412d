/**
 * Directory: which extent lies at an address. One entry for every 512 bytes from the lowest chunk of the heap on.
 *
 *     memory    │    slab A     │ slab B ┊              large C                │
 *     entries   │   A   │   A   │   C    │    0    │    0    │    0   …               each of 512 bytes
 *
 * An entry names the used extent that *starts* in its 512 bytes, else the slab that covers them. No used extent is smaller
 * than 512 bytes, so at most one starts there; and an address whose own entry starts behind it, or is none, belongs to the
 * extent of the entry before, if to any.
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import { ADDRESS, GRANULE, type Records } from "./records.ts";

/** Granules to an entry, as a logarithm: 512 bytes. */
const LOG = 5;

/** Words: what makes the word of an entry from its number, the highest word in use so far, and where the entries begin. */
const SHIFT = 0;
const HIGH = 1;
const HEADER = 2;

export class Directory {
  readonly memory: Memory;
  readonly records: Records;
  words: Int32Array;

  constructor(memory: Memory, records: Records) {
    this.memory = memory;
    this.records = records;
    const most = Math.ceil(memory.maximum / GRANULE / 2 ** LOG) + 1;
    this.words = memory.words(Int32Array, HEADER, HEADER + most);
    // Other threads hold shared words, which have an entry for every address from the start.
    if (memory.shared) this.words[SHIFT] = HEADER;
  }

  /** Words in use. */
  get used(): number {
    return Math.max(HEADER, this.words[HIGH]! + 1);
  }

  /** Makes room for the entries of granules `start` up to `end`. */
  cover(start: number, end: number): void {
    const first = start >>> LOG;
    const isEmpty = this.words.length === HEADER;
    const known = HEADER - this.words[SHIFT]!;
    const origin = this.memory.shared ? 0 : isEmpty ? first : Math.min(first, known);
    const shift = isEmpty ? 0 : known - origin;
    if (shift > 0) {
      const words = this.memory.words(Int32Array, this.words.length + shift);
      words.set(this.words.subarray(HEADER), HEADER + shift);
      words[HIGH] = this.words[HIGH]! + shift;
      this.words = words;
    }
    this.words = this.memory.widen(this.words, HEADER + (end >>> LOG) + 1 - origin);
    this.words[SHIFT] = HEADER - origin;
  }

  /** Answers the used extent that an address may lie in, 0 if there is none. */
  find(granule: number): number {
    const { words } = this;
    const entry = (granule >>> LOG) + words[SHIFT]!;
    if (entry < HEADER || entry >= words.length) return 0;
    const record = words[entry]!;
    if (record !== 0 && this.records.words[record + ADDRESS]! <= granule) return record;
    return entry > HEADER ? words[entry - 1]! : 0;
  }

  /** Answers what is entered for the 512 bytes that an address lies in: its extent, if that starts there. */
  at(granule: number): number {
    const { words } = this;
    const entry = (granule >>> LOG) + words[SHIFT]!;
    return entry >= HEADER && entry < words.length ? words[entry]! : 0;
  }

  /** Enters a large block: where it starts. */
  enterLarge(record: number, granule: number): void {
    const { words } = this;
    const entry = (granule >>> LOG) + words[SHIFT]!;
    words[entry] = record;
    if (entry > words[HIGH]!) words[HIGH] = entry;
  }

  /** Enters a slab: where it starts, and wherever no other used extent does. */
  enterSlab(record: number, granule: number, size: number): void {
    const { words } = this;
    const first = (granule >>> LOG) + words[SHIFT]!;
    const last = ((granule + size - 1) >>> LOG) + words[SHIFT]!;
    words[first] = record;
    for (let entry = first + 1; entry < last; entry++) words[entry] = record;
    if (words[last] === 0) words[last] = record;
    if (last > words[HIGH]!) words[HIGH] = last;
  }

  /** Takes an extent out again; `size` is 1 for a large block. */
  leave(record: number, granule: number, size: number): void {
    const { words } = this;
    const first = (granule >>> LOG) + words[SHIFT]!;
    const last = ((granule + size - 1) >>> LOG) + words[SHIFT]!;
    for (let entry = first; entry <= last; entry++) if (words[entry] === record) words[entry] = 0;
  }

  clear(): void {
    this.words.fill(0, HIGH);
  }
}
