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
import { ADDRESS, GRANULE, KIND, type Records, SIZE } from "./records.ts";

/** Granules to an entry, as a logarithm: 512 bytes. */
const LOG = 5;

/** Words: the number of the first entry, the highest word in use so far, and where the entries begin. */
const ORIGIN = 0;
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
  }

  /** Words in use. */
  get used(): number {
    return Math.max(HEADER, this.words[HIGH]! + 1);
  }

  /** Makes room for the entries of granules `start` up to `end`. */
  cover(start: number, end: number): void {
    const first = start >>> LOG;
    const empty = this.words.length === HEADER;
    const origin = this.memory.shared ? 0 : empty ? first : Math.min(first, this.words[ORIGIN]!);
    const shift = empty ? 0 : this.words[ORIGIN]! - origin;
    if (shift > 0) {
      const words = this.memory.words(Int32Array, this.words.length + shift);
      words.set(this.words.subarray(HEADER), HEADER + shift);
      words[HIGH] = this.words[HIGH]! + shift;
      this.words = words;
    }
    this.words = this.memory.widen(this.words, HEADER + (end >>> LOG) + 1 - origin);
    this.words[ORIGIN] = origin;
  }

  /** Answers the used extent that an address may lie in, 0 if there is none. */
  find(granule: number): number {
    const entry = HEADER + (granule >>> LOG) - this.words[ORIGIN]!;
    if (entry < HEADER) return 0;
    const record = this.words[entry] ?? 0;
    if (record !== 0 && this.records.words[record + ADDRESS]! <= granule) return record;
    return entry > HEADER ? (this.words[entry - 1] ?? 0) : 0;
  }

  /** Enters a used extent: a large one where it starts, a slab wherever no other starts. */
  enter(record: number): void {
    const [first, last] = this.range(record);
    this.words[first] = record;
    this.words[HIGH] = Math.max(this.words[HIGH]!, last);
    for (let entry = first + 1; entry <= last; entry++) {
      if (entry < last || this.words[entry] === 0) this.words[entry] = record;
    }
  }

  /** Takes an extent out again. */
  leave(record: number): void {
    const [first, last] = this.range(record);
    for (let entry = first; entry <= last; entry++) if (this.words[entry] === record) this.words[entry] = 0;
  }

  clear(): void {
    this.words.fill(0, HIGH);
  }

  /** The first and last entry of an extent. */
  range(record: number): [first: number, last: number] {
    const { words } = this.records;
    const start = words[record + ADDRESS]!;
    const isSlab = words[record + KIND]! > 0;
    const end = isSlab ? start + words[record + SIZE]! - 1 : start;
    const shift = HEADER - this.words[ORIGIN]!;
    return [(start >>> LOG) + shift, (end >>> LOG) + shift];
  }
}
