/**
 * Region: the chunks that the tip moves through. A scope ends by putting the words back to what they were when it began.
 *
 *     chunks      │▒▒▒▒▒▒▒▒▒▒▒▒▒▒░░░│      │▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈│     wherever the parent had room
 *     positions   0                            floor      tip              end
 *
 * A position is a byte of the region, counted through its chunks in the order in which they came. So a scope is one number,
 * the position that it began at, and all that lies higher is in it, whatever the addresses are. Blocks are handed out in the
 * last chunk alone: the tip lies there, and `shift` leads from its positions to its addresses.
 *
 * @module
 */
import { type Allocator, AllocError, invariant, Layout, type Memory, type Ptr } from "@alloc/core";

/** The words. Those of a mark come first; they are what a scope finds when it begins, and leaves when it ends. */
export const DEPTH = 0;
export const TIP = 1;
/** The tip does not go below it: the start of the innermost scope, or that of the last chunk. */
export const FLOOR = 2;
export const END = 3;
/** Address less position, in the last chunk. */
export const SHIFT = 4;
export const COUNT = 5;
/** The most bytes held and spent on bookkeeping since the innermost scope began. */
export const PEAK = 6;
const MARK = 7;
/** What scopes left behind that have ended, from position to position. */
export const CLOSED_FROM = 7;
export const CLOSED_TO = 8;
const WORDS = 9;

/** The words of a chunk: its address in units of 16 bytes, its first position, its size and its align in bytes. */
const BASE = 0;
const FIRST = 1;
const SIZE = 2;
const ALIGN = 3;
const RECORD = 4;
/** Bytes: every chunk starts at a multiple of it, the unit of addresses here. */
export const CHUNK_ALIGN = 16;
/** Bytes of a chunk on the average, at least: the root gives no less. Shared words have room for so many from the start. */
const LEAST_CHUNK = 4096;

export class Region {
  readonly memory: Memory;
  readonly parent: Allocator;
  /** Bytes of the first chunk. */
  readonly bytes: number;
  /** Whether it takes further chunks. */
  readonly grows: boolean;
  readonly words: Float64Array;
  chunks: Uint32Array;

  constructor(parent: Allocator, chunk: Layout, grows: boolean) {
    const { memory } = parent;
    this.memory = memory;
    this.parent = parent;
    this.bytes = chunk.size;
    this.grows = grows;
    this.words = memory.words(Float64Array, WORDS);
    this.words[DEPTH] = -1;
    const most = grows ? Math.ceil(memory.maximum / LEAST_CHUNK) : 1;
    this.chunks = memory.words(Uint32Array, RECORD, RECORD * most);
    const ptr = parent.allocate(chunk);
    if (ptr === 0) throw new AllocError(chunk, " for a scoped region: the parent has no room");
    this.add(ptr, chunk);
  }

  /** Bytes of the words in use. */
  get bookkeeping(): number {
    const marks = this.words[DEPTH]! + 1;
    return 8 * (WORDS + MARK * marks) + 4 * RECORD * this.words[COUNT]!;
  }

  /** Begins a scope, and answers what brings the words back when it ends. */
  enter(): Float64Array {
    const { words } = this;
    const mark = words.slice(0, MARK);
    words[DEPTH]!++;
    words[FLOOR] = words[TIP]!;
    words[PEAK] = words[END]! + this.bookkeeping;
    return mark;
  }

  /** Ends a scope: its bytes can be handed out again, and the chunks that came in it go back. */
  leave(mark: Float64Array): void {
    const { words } = this;
    const count = words[COUNT]!;
    const peak = Math.max(mark[PEAK]!, words[PEAK]!);
    const reached = Math.min(words[TIP]!, mark[END]!);
    const known = words[CLOSED_FROM]! <= reached ? words[CLOSED_TO]! : 0;
    words.set(mark);
    words[PEAK] = peak;
    words[CLOSED_FROM] = mark[TIP]!;
    words[CLOSED_TO] = Math.min(Math.max(known, reached), mark[END]!);
    this.give(count, mark[COUNT]!);
  }

  /** Answers the position of an address, −1 if it lies in no chunk. */
  locate(ptr: Ptr): number {
    const { chunks } = this;
    for (let at = RECORD * (this.words[COUNT]! - 1); at >= 0; at -= RECORD) {
      const offset = ptr - chunks[at + BASE]! * CHUNK_ALIGN;
      if (offset >= 0 && offset < chunks[at + SIZE]!) return chunks[at + FIRST]! + offset;
    }
    return -1;
  }

  /** Answers whether a further chunk could ever be had that a layout fits in. */
  canTake(layout: Layout): boolean {
    const chunk = chunkOf(layout.size, layout.align);
    return this.grows && chunk !== undefined && this.parent.usableSize(chunk) !== 0;
  }

  /**
   * Takes a further chunk that a layout fits in, and answers whether the parent had one: the second is twice as long as the
   * first, the third four times, and so on; where there is less room, just what is needed. Only the number of chunks counts,
   * so neither a request that failed nor one that was huge makes the next chunk longer.
   */
  take({ size, align }: Layout): boolean {
    if (!this.grows) return false;
    const doubled = this.bytes * 2 ** this.words[COUNT]!;
    return this.ask(chunkOf(Math.max(size, doubled), align)) || this.ask(chunkOf(size, align));
  }

  ask(chunk: Layout | undefined): boolean {
    const ptr = chunk === undefined ? 0 : this.parent.allocate(chunk);
    if (chunk === undefined || ptr === 0) return false;
    // All that the parent guarantees is used.
    this.add(ptr, Layout.of(this.parent.usableSize(chunk), chunk.align));
    return true;
  }

  /** Puts a chunk behind the last one, and the tip at its start. */
  add(ptr: Ptr, { size, align }: Layout): void {
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

  /** Gives the chunks from the number `to` up to `from` back, the last one first. */
  give(from: number, to: number): void {
    const { chunks } = this;
    for (let at = RECORD * (from - 1); at >= RECORD * to; at -= RECORD) {
      const layout = Layout.of(chunks[at + SIZE]!, chunks[at + ALIGN]!);
      this.parent.deallocate((chunks[at + BASE]! * CHUNK_ALIGN) as Ptr, layout);
    }
  }

  /** Answers the address behind the last byte of a chunk; they are numbered from 0. */
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
    invariant(first === end, () => `scoped: ${count} chunks end at position ${end}, came ${first}`);
    const last = RECORD * (count - 1);
    const shift = chunks[last + BASE]! * CHUNK_ALIGN - chunks[last + FIRST]!;
    invariant(words[SHIFT] === shift, () => "scoped: the shift is that of the last chunk");
    invariant(chunks[last + FIRST]! <= floor, () => "scoped: the floor lies in the last chunk");
    invariant(floor <= tip && tip <= end, () => `scoped: the tip lies from ${floor} to ${end}, came ${tip}`);
  }
}

/** Answers the layout of a chunk, undefined where no memory has so many bytes. */
function chunkOf(size: number, align: number): Layout | undefined {
  const most = Math.max(align, CHUNK_ALIGN);
  return size > 2 ** 32 - most ? undefined : Layout.of(size, most);
}
