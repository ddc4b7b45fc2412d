/**
 * Magazines: for each size class a stack of addresses of free blocks, which serves most calls.
 *
 *     words of a class    top  limit  base  capacity
 *     its magazine        0 │ ptr │ ptr │ … │ ptr │ … ┈┈┈┈┈┈│        the 0 below it shows that it is empty
 *                      base ▲              top ▲   limit ▲
 *
 * Allocating pops and releasing pushes; both are written out in `system-machine.ts`, where the engine inlines them. An empty
 * magazine is filled to half its limit from the slabs, a full one is emptied into them. The limit grows with the bytes of the
 * class, so that a small heap caches little; before the heap would grow, all magazines are emptied. After a request without room,
 * refills start from one block and double, so that a program which goes on at the limit does not fill and empty magazines each time.
 *
 * If a magazine keeps overflowing, the number of live blocks swings by more than its capacity. It then grows to hold all blocks
 * of its class, provided the words of all magazines stay a small share of the heap, or of that class. The words that it leaves
 * are reused by the next magazine of the same capacity.
 *
 * A block in a magazine counts as taken in its slab. So the live blocks are the taken ones that are in no magazine.
 *
 * Source: magazines after Bonwick and Adams (2001).
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import { invariant } from "@alloc/core/author";
import { GRANULE } from "../records.ts";
import { CLASSES, classOf, classSize, SMALL, STEPS } from "./size-classes.ts";
import type { Slabs } from "./slabs.ts";

/** The words of a class, of which the first is at `at = sizeClass * STRIDE`: indices of words, and counts. */
export const TOP = 0;
export const LIMIT = 1;
export const BASE = 2;
export const CAPACITY = 3;
/** How many times it was full, up to PATIENCE. */
export const FULL = 4;
/** The most blocks of the next refill; 0 for half the limit. */
export const BATCH = 5;
export const STRIDE = 6;
/** The first word of a class, by the step of a size. */
export const PLACES = /* @__PURE__ */ Uint16Array.from({ length: STEPS }, (_, step) => classOf(4 * step + 4) * STRIDE);

/**
 * There is no class 0. Its words hold the bounds of the range in which any address may be pushed, because a block that starts
 * there lies in the heap; and the end of the words in use.
 */
export const LOW = 0;
export const HIGH = 1;
const END = CAPACITY;
/** The 0 below magazines without words of their own, and a word above it, used by releases of no class. */
const NOTHING = CLASSES * STRIDE;
/**
 * `LEFT + log2(capacity)`: head of the free list of word ranges of that capacity, up to MOST; each range's first word links to
 * the next.
 */
export const LEFT = NOTHING + 2;
const LOGS = 11;
export const START = LEFT + LOGS;

/** The capacity of a magazine: a share of the bytes of its class, in blocks, within these bounds. */
const SHARE = 512;
const LEAST = 4;
const FEW = 16;
const FEW_BYTES = 8192;
const MOST = 1024;
/** After PATIENCE overflows a magazine may grow, while all of them use less than these shares of the heap, or of its class. */
const PATIENCE = 2;
const SHARE_OF_HEAP = 400;
const SHARE_OF_CLASS = 12;

export class Magazines {
  readonly memory: Memory;
  readonly slabs: Slabs;
  words: Uint32Array;

  /** @param words - those of a heap that is made again. Default: new ones */
  constructor(memory: Memory, slabs: Slabs, words?: Uint32Array) {
    this.memory = memory;
    this.slabs = slabs;
    // Outgrown words are left behind, and the capacity doubles, so twice the last capacity is needed.
    this.words = words ?? memory.words(Uint32Array, 512, START + CLASSES * (2 * MOST + MOST));
    if (words === undefined) this.reset();
  }

  /**
   * Fills the empty magazine of the class at `at` and pops an address; 0 if no slab has a free block.
   */
  refill(at: number): number {
    const { words } = this;
    const base = words[at + BASE]!;
    let most = (words[at + LIMIT]! - base + 1) >>> 1;
    const batch = words[at + BATCH]!;
    if (batch !== 0) {
      words[at + BATCH] = batch < most ? 2 * batch : 0;
      most = Math.min(most, batch);
    }
    const top = base + this.slabs.take(at / STRIDE, most, words, base);
    const ptr = words[top]!;
    words[at + TOP] = top - 1;
    return ptr;
  }

  isEmpty(at: number): boolean {
    return this.words[at + TOP] === this.words[at + BASE];
  }

  /** Pops an address from the magazine of the class at `at`, which is not empty. */
  pop(at: number): number {
    const { words } = this;
    const top = words[at + TOP]!;
    words[at + TOP] = top - 1;
    return words[top]!;
  }

  /** Pushes an address on the magazine of the class at `at`; a full one is raised or emptied first. */
  push(at: number, ptr: number): void {
    if (this.words[at + TOP]! >= this.words[at + LIMIT]! && !this.raise(at)) this.flush(at / STRIDE);
    const { words } = this;
    const top = words[at + TOP]! + 1;
    words[top] = ptr;
    words[at + TOP] = top;
  }

  /** Empties the magazine of a class into the slabs. */
  flush(sizeClass: number): void {
    const at = sizeClass * STRIDE;
    const base = this.words[at + BASE]!;
    const top = this.words[at + TOP]!;
    this.words[at + TOP] = base;
    if (top !== base) this.slabs.put(sizeClass, this.words, base, top);
  }

  /** Empties all magazines. */
  flushAll(): void {
    for (let sizeClass = 1; sizeClass < CLASSES; sizeClass++) this.flush(sizeClass);
  }

  /** Makes refills small: of one block, then of two, and so on. So what is cached later is no more than what was handed out. */
  ration(): void {
    for (let at = STRIDE; at < NOTHING; at += STRIDE) this.words[at + BATCH] = 1;
  }

  /** Sets the range in which addresses may be pushed unseen: without the last bytes, where a block would end above `high`. */
  bound(low: number, high: number): void {
    this.words[LOW] = low;
    this.words[HIGH] = Math.max(low, high - SMALL + 4);
  }

  /** Whether a small block at an address lies in the known range of chunks. */
  spans(ptr: number): boolean {
    return ptr >= this.words[LOW]! && ptr < this.words[HIGH]!;
  }

  reset(): void {
    // Keep the bounds, because the chunks stay.
    this.words.fill(0, HIGH + 1, START);
    for (let at = STRIDE; at < NOTHING; at += STRIDE) {
      this.words[at + TOP] = NOTHING;
      this.words[at + LIMIT] = NOTHING;
      this.words[at + BASE] = NOTHING;
    }
    this.words[END] = START;
  }

  /** Bytes of the words in use. */
  get bookkeeping(): number {
    return 4 * this.words[END]!;
  }

  /** The bytes of the blocks in all magazines. */
  get bytes(): number {
    const { words } = this;
    let bytes = 0;
    for (let sizeClass = 1, at = STRIDE; sizeClass < CLASSES; sizeClass++, at += STRIDE) {
      bytes += (words[at + TOP]! - words[at + BASE]!) * classSize(sizeClass);
    }
    return bytes;
  }

  /** Returns its words by name. */
  state(): Record<string, Uint32Array> {
    return { magazines: this.words };
  }

  /** Whether a slot holds a taken block of the class. */
  holds(slot: number, sizeClass: number): boolean {
    return this.slabs.classAt(this.words[slot]!) === sizeClass;
  }

  /** Calls `visit` for every address in a magazine, with its class and slot. */
  each(visit: (ptr: number, sizeClass: number, slot: number) => void): void {
    for (let sizeClass = 1; sizeClass < CLASSES; sizeClass++) {
      const at = sizeClass * STRIDE;
      for (let slot = this.words[at + TOP]!; slot > this.words[at + BASE]!; slot--)
        visit(this.words[slot]!, sizeClass, slot);
    }
  }

  /** Throws unless every magazine holds distinct blocks of its class that are taken in their slabs. */
  check(): void {
    const seen = new Set<number>();
    this.each((ptr, sizeClass, slot) => {
      invariant(!seen.has(ptr), () => `${ptr} is in the magazine of class ${sizeClass} once`);
      invariant(this.holds(slot, sizeClass), () => `${ptr} is a taken block of class ${sizeClass}`);
      seen.add(ptr);
    });
    let used = START;
    for (let log = 0; log < LOGS; log++) {
      for (let base = this.words[LEFT + log]!; base !== 0; base = this.words[base]!) used += 1 + 2 ** log;
    }
    for (let at = STRIDE; at < NOTHING; at += STRIDE) {
      const base = this.words[at + BASE]!;
      const end = base + this.words[at + CAPACITY]!;
      if (end > base) used += 1 + end - base;
      const top = this.words[at + TOP]!;
      invariant(this.words[base] === 0, () => `below the magazine at ${base} is a 0`);
      invariant(
        top >= base && top <= end,
        () => `the magazine at ${base} ends in its words, before ${end}, got ${top}`,
      );
      invariant(
        this.words[at + LIMIT]! <= end,
        () => `the limit of the magazine at ${base} lies in its words, before ${end}`,
      );
    }
    invariant(used === this.words[END], () => `magazines have ${this.words[END]} words, each once, got ${used}`);
  }

  /** Sets the limit of a class by the number of blocks in its slabs. */
  adjust(sizeClass: number): void {
    const blocks = this.slabs.population[sizeClass]!;
    const size = classSize(sizeClass);
    const few = Math.min(FEW, Math.floor(FEW_BYTES / size));
    const share = Math.max(few, Math.floor((blocks * size) / SHARE));
    const at = sizeClass * STRIDE;
    const raised = this.words[at + FULL]! < PATIENCE ? 0 : Math.min(this.words[at + CAPACITY]!, blocks);
    this.limit(at, Math.min(MOST, Math.max(LEAST, raised, Math.min(share, blocks >>> 1))));
  }

  /** Raises the limit of the class at `at` if it overflowed often and there are words for it. Returns whether it did. */
  raise(at: number): boolean {
    const { words, slabs } = this;
    if (words[at + FULL]! < PATIENCE) {
      words[at + FULL]!++;
      return false;
    }
    const blocks = slabs.population[at / STRIDE]!;
    const limit = Math.min(MOST, blocks);
    if (limit <= words[at + LIMIT]! - words[at + BASE]!) return false;
    const capacity = capacityFor(limit);
    if (capacity > words[at + CAPACITY]! && words[listOf(capacity)] === 0) {
      const ofHeap = (slabs.extents.top.held * GRANULE) / SHARE_OF_HEAP;
      const ofClass = (blocks * classSize(at / STRIDE)) / SHARE_OF_CLASS;
      if (4 * (words[END]! - START + capacity) > Math.max(ofHeap, ofClass)) return false;
    }
    this.limit(at, limit);
    return true;
  }

  /** Sets the limit of the class at `at`, and gives its magazine enough words. */
  limit(at: number, limit: number): void {
    const capacity = capacityFor(limit);
    if (capacity > this.words[at + CAPACITY]!) this.move(at, capacity);
    this.words[at + LIMIT] = this.words[at + BASE]! + limit;
  }

  /** Moves a magazine to its own words with room for `capacity` addresses: reused or new ones. */
  move(at: number, capacity: number): void {
    const list = listOf(capacity);
    let base = this.words[list]!;
    if (base !== 0) this.words[list] = this.words[base]!;
    else {
      base = this.words[END]!;
      this.words = this.memory.widen(this.words, base + 1 + capacity);
      this.words[END] = base + 1 + capacity;
    }
    const { words } = this;
    const before = words[at + BASE]!;
    words[base] = 0;
    words.copyWithin(base + 1, before + 1, words[at + TOP]! + 1);
    words[at + TOP] = base + words[at + TOP]! - before;
    words[at + BASE] = base;
    if (words[at + CAPACITY] !== 0) {
      const left = listOf(words[at + CAPACITY]!);
      words[before] = words[left]!;
      words[left] = before;
    }
    words[at + CAPACITY] = capacity;
  }
}

/** Returns the capacity of a magazine with a limit, a power of two. */
function capacityFor(limit: number): number {
  return Math.max(LEAST, 2 ** (32 - Math.clz32(limit - 1)));
}

/** Returns the index of the free-list head for a capacity. */
function listOf(capacity: number): number {
  return LEFT + 31 - Math.clz32(capacity);
}
