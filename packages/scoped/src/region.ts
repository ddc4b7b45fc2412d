/**
 * Region: the chunks through which the tip moves. A scope ends by restoring the words from its start.
 *
 *     chunks      │▒▒▒▒▒▒▒▒▒▒▒▒▒▒░░░│      │▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈│     wherever the parent had room
 *     positions   0                            floor      tip              end
 *
 * A position numbers the bytes of the region through its chunks, in the order in which they were taken. So a scope is one number,
 * its first position, and it contains everything above, whatever the addresses are. Blocks are only allocated in the last chunk:
 * the tip lies there, and `shift` converts its positions to addresses.
 *
 * @module
 */
import { type Allocator, type BlockVisitor, Layout, type Memory, type Ptr } from "@alloc/core";
import { attempt, giveChunk, invariant, isGated, recycle, rethrow } from "@alloc/core/author";
import { CHUNK_ALIGN, type Chunk, chunkOf, leastChunk } from "./chunk.ts";
import { Releases } from "./releases.ts";

/** Indices of words. Those up to MARK form a mark: a scope saves them when it begins and restores them when it ends. */
export const DEPTH = 0;
export const TIP = 1;
/** The lower bound of the tip: the start of the innermost scope, or of the last chunk. */
export const FLOOR = 2;
export const END = 3;
/** Address minus position, in the last chunk. */
export const SHIFT = 4;
export const COUNT = 5;
/** The peak of bytes held plus bookkeeping since the innermost scope began. */
export const PEAK = 6;
const MARK = 7;
/** The range of positions left by scopes that have ended. */
export const CLOSED_FROM = 7;
export const CLOSED_TO = 8;
/** The position after the start of the highest block that was released out of order; 0 if there is none. */
export const RELEASED = 9;
export const WORDS = 10;

/** Words of a chunk: its address in units of 16 bytes, its first position, its size and its align in bytes. */
export const BASE = 0;
const FIRST = 1;
export const SIZE = 2;
const ALIGN = 3;
export const RECORD = 4;

/** The words of a region. */
export interface Found {
  readonly words: Float64Array;
  readonly chunks: Uint32Array;
  readonly bits: Uint32Array;
}

export class Region {
  readonly memory: Memory;
  readonly parent: Allocator;
  /** Bytes of the first chunk. */
  readonly bytes: number;
  /** Whether it takes further chunks. */
  readonly grows: boolean;
  readonly words: Float64Array;
  chunks: Uint32Array;

  readonly releases: Releases;

  /**
   * @param bytes - of the first chunk
   * @param found - the words of a region that is made again. Default: new ones
   */
  constructor(parent: Allocator, bytes: number, grows: boolean, found?: Found) {
    const { memory } = parent;
    this.memory = memory;
    this.parent = parent;
    this.bytes = bytes;
    this.grows = grows;
    this.words = found?.words ?? memory.words(Float64Array, WORDS);
    if (found === undefined) this.words[DEPTH] = -1;
    const most = grows ? Math.ceil(memory.maximum / leastChunk(memory)) : 1;
    this.chunks = found?.chunks ?? memory.words(Uint32Array, RECORD, RECORD * most);
    this.releases = new Releases(memory, this.words, RELEASED, grows ? memory.maximum : bytes, found?.bits);
  }

  /** Returns its words by name. */
  state(): Found & Record<string, Float64Array | Uint32Array> {
    return { words: this.words, chunks: this.chunks, bits: this.releases.bits };
  }

  /** Bytes of the words in use. */
  get bookkeeping(): number {
    const { words } = this;
    const marks = words[DEPTH]! + 1;
    return 8 * (WORDS + MARK * marks) + 4 * RECORD * words[COUNT]! + this.releases.bytes;
  }

  /** Begins a scope, and returns the mark that restores the words when it ends. */
  enter(): Float64Array {
    const { words } = this;
    const mark = words.slice(0, MARK);
    words[DEPTH]!++;
    words[FLOOR] = words[TIP]!;
    words[PEAK] = words[END]! + this.bookkeeping;
    return mark;
  }

  /**
   * Ends a scope: its bytes can be handed out again, and the chunks taken in it are released.
   *
   * @throws errors of the parent, after all is done
   */
  leave(mark: Float64Array): void {
    const { words } = this;
    const count = words[COUNT]!;
    const peak = Math.max(mark[PEAK]!, words[PEAK]!);
    const reached = Math.min(words[TIP]!, mark[END]!);
    const known = words[CLOSED_FROM]! <= reached ? words[CLOSED_TO]! : 0;
    words.set(mark);
    this.releases.forget(mark[TIP]!);
    words[PEAK] = peak;
    words[CLOSED_FROM] = mark[TIP]!;
    words[CLOSED_TO] = Math.min(Math.max(known, reached), mark[END]!);
    this.give(count, mark[COUNT]!);
  }

  /** Returns the position of an address; −1 if it lies in no chunk. */
  locate(ptr: Ptr): number {
    const { chunks } = this;
    for (let at = RECORD * (this.words[COUNT]! - 1); at >= 0; at -= RECORD) {
      const offset = ptr - chunks[at + BASE]! * CHUNK_ALIGN;
      if (offset >= 0 && offset < chunks[at + SIZE]!) return chunks[at + FIRST]! + offset;
    }
    return -1;
  }

  /**
   * Returns whether a further chunk with room for a layout could ever be taken. Relies on the parent: if it serves a size at one
   * align, it serves it at lower ones too.
   */
  canTake(layout: Layout): boolean {
    const chunk = chunkOf(layout.size, layout.align);
    return this.grows && chunk !== undefined && this.parent.usableSize(chunk) !== 0;
  }

  /**
   * Takes a further chunk with room for a layout from the parent. The second is twice as long as the first, the third four times,
   * and so on; if there is less room, just as long as needed. Only the number of chunks counts, so neither failed nor huge
   * requests lengthen the next one. Nothing here changes until the chunk is added.
   *
   * @returns undefined if the parent has no room, or threads share the words and these are used up
   */
  take({ size, align }: Layout): Chunk | undefined {
    if (RECORD * (this.words[COUNT]! + 1) > this.chunks.length && isGated(this.memory)) return undefined;
    const doubled = this.bytes * 2 ** this.words[COUNT]!;
    return this.ask(chunkOf(Math.max(size, doubled), align)) ?? this.ask(chunkOf(size, align));
  }

  ask(wanted: Layout | undefined): Chunk | undefined {
    if (wanted === undefined) return undefined;
    // Use all bytes that the parent guarantees. Ask before allocating: if this throws, no chunk is lost.
    const usable = this.parent.usableSize(wanted);
    if (usable === 0) return undefined;
    const layout = Layout.of(usable, wanted.align);
    const ptr = this.parent.allocate(wanted);
    return ptr === 0 ? undefined : { ptr, layout };
  }

  /** Appends a chunk, and puts the tip at its start. */
  add({ ptr, layout: { size, align } }: Chunk): void {
    const { words } = this;
    const at = RECORD * words[COUNT]!;
    const first = words[END]!;
    this.chunks = this.memory.widen(this.chunks, at + RECORD);
    this.chunks.set([ptr / CHUNK_ALIGN, first, size, align], at);
    words[COUNT]!++;
    words[TIP] = first;
    words[FLOOR] = first;
    words[END] = first + size;
    words[SHIFT] = ptr - first;
    words[PEAK] = Math.max(words[PEAK]!, words[END]! + this.bookkeeping);
  }

  /** Gives back the first chunk, which is the last one left, and the words. */
  close(): void {
    try {
      this.give(1, 0);
    } finally {
      this.recycle();
    }
  }

  /** Gives back the words. */
  recycle(): void {
    recycle(this.memory, ...Object.values(this.state()));
  }

  /**
   * Releases the chunks from number `to` up to `from`, last one first.
   *
   * @throws errors of the parent, after all were released
   */
  give(from: number, to: number): void {
    if (from === to) return;
    const { chunks } = this;
    const errors: unknown[] = [];
    for (let at = RECORD * (from - 1); at >= RECORD * to; at -= RECORD) {
      const layout = Layout.of(chunks[at + SIZE]!, chunks[at + ALIGN]!);
      const ptr = (chunks[at + BASE]! * CHUNK_ALIGN) as Ptr;
      attempt(errors, () => giveChunk(this.parent, ptr, layout));
    }
    rethrow(errors);
  }

  /** Records that the block at a position was released out of order. */
  release(position: number): void {
    const { words } = this;
    if (this.releases.add(position)) words[PEAK] = Math.max(words[PEAK]!, words[END]! + this.bookkeeping);
  }

  /**
   * Visits the ranges of a scope in address order: in each chunk one live range, because single blocks are not recorded, and the
   * free range after the tip.
   *
   * @param mark - the mark of the scope
   */
  visit(mark: Float64Array, visit: BlockVisitor): void {
    const { words, chunks } = this;
    const first = RECORD * (mark[COUNT]! - 1);
    const last = RECORD * (words[COUNT]! - 1);
    const found: number[] = [];
    for (let at = first; at <= last; at += RECORD) found.push(at);
    found.sort((a, b) => chunks[a + BASE]! - chunks[b + BASE]!);
    for (const at of found) {
      const shift = chunks[at + BASE]! * CHUNK_ALIGN - chunks[at + FIRST]!;
      const start = at === first ? mark[TIP]! : chunks[at + FIRST]!;
      const end = chunks[at + FIRST]! + chunks[at + SIZE]!;
      const tip = at === last ? words[TIP]! : end;
      if (tip > start) visit(start + shift, tip - start, "live");
      if (end > tip) visit(tip + shift, end - tip, "free");
    }
  }

  /** Returns the end address of a chunk, by its number from 0. */
  endOf(chunk: number): number {
    return this.chunks[RECORD * chunk + BASE]! * CHUNK_ALIGN + this.chunks[RECORD * chunk + SIZE]!;
  }

  check(): void {
    const { words, chunks } = this;
    const [count, tip, floor, end] = [words[COUNT]!, words[TIP]!, words[FLOOR]!, words[END]!];
    let first = 0;
    for (let at = 0; at < RECORD * count; at += RECORD) {
      invariant(
        chunks[at + FIRST] === first,
        () => `scoped: a chunk begins at position ${first}, where the one before ends`,
      );
      first += chunks[at + SIZE]!;
    }
    invariant(first === end, () => `scoped: ${count} chunks end at position ${end}, got ${first}`);
    const last = RECORD * (count - 1);
    const shift = chunks[last + BASE]! * CHUNK_ALIGN - chunks[last + FIRST]!;
    invariant(words[SHIFT] === shift, () => "scoped: the shift is that of the last chunk");
    invariant(chunks[last + FIRST]! <= floor, () => "scoped: the floor lies in the last chunk");
    invariant(floor <= tip && tip <= end, () => `scoped: the tip lies from ${floor} to ${end}, got ${tip}`);
    const reached = words[RELEASED]!;
    invariant(reached <= tip, () => `scoped: released blocks lie below the tip, ${tip}, got ${reached}`);
    invariant(this.releases.isWhole(), () => `scoped: no block was released at position ${reached} or above`);
  }
}
