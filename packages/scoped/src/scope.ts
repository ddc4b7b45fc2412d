/**
 * Scope: the machine. The region and every frame of it are one each; they share the words and differ by their marks.
 *
 *     scopes    region ───▶ frame ───▶ frame          level 0, 1, 2: the word `depth` is that of the only one not locked
 *     marks     tip 0       tip 480    tip 512  …     what the words were when it began: it owns what lies above
 *
 * @module
 */
import {
  Allocator,
  alignUp,
  type Footprint,
  invariant,
  type Layout,
  type Memory,
  type MisuseCode,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import { end, isOpen, rethrow, settle } from "./ending.ts";
import { locked, misuseAt, refusePromise } from "./misuse.ts";
import { CLOSED_FROM, COUNT, DEPTH, END, FLOOR, PEAK, type Region, SHIFT, TIP } from "./region.ts";
import type { Scoped } from "./scoped.ts";

/** Not double-free: below the tip it is not seen. */
const SEES: readonly MisuseCode[] = ["foreign-pointer"];

export class Scope extends Allocator implements Scoped {
  override readonly memory: Memory;
  /** The scope around this one; of the region, whom its chunks come from. */
  override readonly parent: Allocator;
  override readonly sees: readonly MisuseCode[] = SEES;
  readonly region: Region;
  readonly words: Float64Array;
  /** The scopes of the region that are open. */
  readonly scopes: Scope[];
  readonly level: number;
  /** What the words were when this scope began. */
  readonly mark: Float64Array;
  readonly drops: (() => void)[] = [];

  constructor(parent: Allocator, region: Region, scopes: Scope[]) {
    super(parent);
    this.parent = parent;
    this.memory = region.memory;
    this.region = region;
    this.words = region.words;
    this.scopes = scopes;
    this.level = scopes.push(this) - 1;
    this.mark = region.enter();
  }

  override allocate(layout: Layout): Ptr | Null {
    const words = this.words;
    if (words[DEPTH] !== this.level) throw locked();
    if (layout.size === 0) return layout.dangling;
    const ptr = alignUp(words[TIP]! + words[SHIFT]!, layout.align);
    const tip = ptr - words[SHIFT]! + layout.size;
    if (tip > words[END]!) return this.allocateInNewChunk(layout);
    words[TIP] = tip;
    return ptr as Ptr;
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (from.align !== to.align) this.requireLive(ptr, from);
    return super.grow(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (from.align !== to.align) this.requireLive(ptr, from);
    return super.shrink(ptr, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    const words = this.words;
    if (words[DEPTH] !== this.level) throw locked();
    if (layout.size === 0) return;
    const position = ptr - words[SHIFT]!;
    if (position + layout.size === words[TIP] && position >= words[FLOOR]!) this.moveTip(position);
    else this.requireLive(ptr, layout);
  }

  override usableSize(layout: Layout): number {
    const end = this.region.endOf(this.mark[COUNT]! - 1);
    const start = end - this.mark[END]! + this.mark[TIP]!;
    return alignUp(start, layout.align) + layout.size <= end || this.region.canTake(layout) ? layout.size : 0;
  }

  owns(ptr: Ptr): boolean {
    return this.region.locate(ptr) >= this.mark[TIP]!;
  }

  reset(): void {
    this.requireUnlocked();
    const errors = settle(this);
    if (isOpen(this)) {
      const peak = this.words[PEAK]!;
      this.region.leave(this.mark);
      this.region.enter();
      this.words[PEAK] = peak;
    }
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    const words = this.words;
    if (words[DEPTH] !== this.level) throw locked();
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const position = ptr - words[SHIFT]!;
    if (position + from.size !== words[TIP] || position < words[FLOOR]!) {
      this.requireLive(ptr, from);
      return to.size <= from.size;
    }
    if (position + to.size > words[END]!) return false;
    this.moveTip(position + to.size);
    return true;
  }

  defer(drop: () => void): void {
    this.requireUnlocked();
    this.drops.push(drop);
  }

  get isScoped(): boolean {
    return isOpen(this) && this.words[DEPTH] !== this.level;
  }

  frame(): Scoped {
    this.requireUnlocked();
    return new Scope(this, this.region, this.scopes);
  }

  scope<R>(body: (inner: Scoped) => R): R {
    this.requireUnlocked();
    const inner = new Scope(this, this.region, this.scopes);
    const errors: unknown[] = [];
    let result: R | undefined;
    try {
      result = body(inner);
      refusePromise(result);
    } catch (error) {
      errors.push(error);
    }
    errors.push(...end(inner));
    rethrow(errors);
    return result as R;
  }

  check(): void {
    const { scopes, words } = this;
    invariant(
      scopes.length === words[DEPTH]! + 1,
      () => `scoped: ${scopes.length} scopes are open, came ${words[DEPTH]} + 1`,
    );
    let start = 0;
    for (const { mark } of scopes) {
      invariant(start <= mark[TIP]!, () => "scoped: a scope begins in the one around it");
      start = mark[TIP]!;
    }
    invariant(start <= words[FLOOR]!, () => "scoped: the floor lies in the innermost scope");
    this.region.check();
  }

  override footprint(): Footprint {
    const { words, region, level } = this;
    const start = this.mark[TIP]!;
    const peaks = this.scopes.slice(level + 1).map(({ mark }) => mark[PEAK]!);
    return {
      held: words[END]! - start,
      bookkeeping: region.bookkeeping,
      peak: Math.max(words[PEAK]!, ...peaks) - start,
    };
  }

  override describeSelf(): SelfDescription {
    const { bytes, grows, words, chunks } = this.region;
    return { kind: "scoped", options: { bytes, grow: grows, level: this.level }, state: { words, chunks } };
  }

  override dispose(): void {
    rethrow(end(this));
  }

  allocateInNewChunk(layout: Layout): Ptr | Null {
    return this.region.take(layout) ? this.allocate(layout) : 0;
  }

  /** Moves the tip, with the end of the block that lies there. What it passes going down was released by this scope. */
  moveTip(tip: number): void {
    const words = this.words;
    words[CLOSED_FROM] = Math.max(words[CLOSED_FROM]!, words[TIP]!);
    words[TIP] = tip;
  }

  /** Ends this scope, the innermost one; `dispose` has run its drops. */
  leave(): void {
    super.dispose();
    this.scopes.pop();
    this.region.leave(this.mark);
    if (this.level === 0) this.region.give(1, 0);
  }

  requireUnlocked(): void {
    if (this.words[DEPTH] !== this.level) throw locked();
  }

  /** Throws where a block can be seen not to be live in this scope. */
  requireLive(ptr: Ptr, layout: Layout): void {
    this.requireUnlocked();
    const position = this.region.locate(ptr);
    if (layout.size === 0 || (position >= this.mark[TIP]! && position + layout.size <= this.words[TIP]!)) return;
    throw misuseAt(ptr, layout, position, this.mark, this.words);
  }
}
