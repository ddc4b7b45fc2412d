/**
 * Bookkeeping: a child that never hands out a block. It represents the words of a combinator in the footprint of a chain, which
 * is summed leaf by leaf.
 *
 *     cascade ──▶ bookkeeping    0 bytes held, the words, and the peaks of disposed members
 *            └──▶ member, member, …
 *
 * @module
 */
import {
  Allocator,
  type BlockVisitor,
  type Footprint,
  type Layout,
  type Memory,
  MisuseError,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import { hide } from "@alloc/core/author";
import type { Empty } from "./composable.ts";

/** Index in `counters`: the highest sum of all peaks so far. */
const PEAK = 0;

export class Bookkeeping extends Allocator implements Empty {
  override readonly memory: Memory;
  readonly counters!: Float64Array;
  /** Returns the bytes of words in use. */
  readonly words!: () => number;
  /** Returns its siblings, whose peaks are lost when they are disposed. */
  readonly beside!: () => readonly Allocator[];

  constructor(memory: Memory, words: () => number, beside: () => readonly Allocator[]) {
    super();
    this.memory = memory;
    hide(this, { counters: memory.words(Float64Array, 1), words, beside });
  }

  /** It ends with its combinator. */
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
    if (layout.size !== 0)
      throw new MisuseError("foreign-pointer", `${ptr} was given to bookkeeping, which never hands out a block`);
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

  /** The words live as long as the combinator. */
  override dispose(): void {}

  /** Records the peak. Call it before words are given up or a sibling is disposed. */
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
