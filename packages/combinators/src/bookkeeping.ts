/**
 * Bookkeeping: a child that hands out nothing. It stands for the words of a combinator where the footprint of a chain is
 * summed, which is done leaf by leaf.
 *
 *     cascade ──▶ bookkeeping    0 bytes held, the words, and what the peaks of members that have gone come to
 *            └──▶ member, member, …
 *
 * @module
 */
import {
  Allocator,
  type BlockVisitor,
  type Footprint,
  hide,
  type Layout,
  type Memory,
  MisuseError,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import type { Empty } from "./composable.ts";

/** The word of `counters`: the highest sum of all peaks so far. */
const PEAK = 0;

export class Bookkeeping extends Allocator implements Empty {
  override readonly memory: Memory;
  readonly counters!: Float64Array;
  /** Returns the bytes of the words in use. */
  readonly words!: () => number;
  /** Returns who stands beside it and may go, with its peak. */
  readonly beside!: () => readonly Allocator[];

  constructor(memory: Memory, words: () => number, beside: () => readonly Allocator[]) {
    super();
    this.memory = memory;
    hide(this, { counters: memory.words(Float64Array, 1), words, beside });
  }

  /** It ends with what it stands for. */
  override get isLent(): boolean {
    return true;
  }

  get servesNothing(): true {
    return true;
  }

  override allocate(layout: Layout): Ptr | Null {
    return layout.size === 0 ? layout.dangling : 0;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size !== 0) throw new MisuseError("foreign-pointer", `${ptr} was given to what never hands out a block`);
  }

  override usableSize(_layout: Layout): number {
    return 0;
  }

  owns(_ptr: Ptr): boolean {
    return false;
  }

  blocks(_visit: BlockVisitor): void {}

  override footprint(): Footprint {
    return { held: 0, bookkeeping: this.bytes(), peak: this.most() - this.peaks() };
  }

  override describeSelf(): SelfDescription {
    return { kind: "bookkeeping", options: {}, state: { counters: this.counters } };
  }

  /** The words last as long as what they are of. */
  override dispose(): void {}

  /** Notes the peak. Called before words are given up, or someone beside goes. */
  note(): void {
    this.counters[PEAK] = this.most();
  }

  most(): number {
    return Math.max(this.counters[PEAK]!, this.peaks() + this.bytes());
  }

  peaks(): number {
    return this.beside().reduce((sum, allocator) => sum + allocator.footprint().peak, 0);
  }

  bytes(): number {
    return this.words() + this.counters.byteLength;
  }
}
