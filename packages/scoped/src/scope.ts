/**
 * Scope: the machine. The region and each of its frames is one; they share the words and differ by their marks.
 *
 *     scopes    region ───▶ frame ───▶ frame          level 0, 1, 2: the word `depth` is the level of the only unlocked one
 *     marks     tip 0       tip 480    tip 512  …     the words when it began: it owns everything above
 *
 * @module
 */
import {
  Allocator,
  alignUp,
  type BlockVisitor,
  type Footprint,
  type Layout,
  type Memory,
  type MisuseCode,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import { attempt, invariant, NO_LAYOUT, nullPointer, requireLayout, requireLayouts, rethrow } from "@alloc/core/author";
import { CHUNK_ALIGN } from "./chunk.ts";
import { end, isOpen, settle } from "./ending.ts";
import { locked, misuseAt, reentrant, refusePromise } from "./misuse.ts";
import { CLOSED_FROM, COUNT, DEPTH, END, FLOOR, PEAK, RELEASED, type Region, SHIFT, TIP } from "./region.ts";
import type { Scoped } from "./scoped.ts";

const DETECTS: readonly MisuseCode[] = ["double-free", "foreign-pointer"];

export class Scope extends Allocator implements Scoped {
  override readonly memory: Memory;
  /** The scope around this one; for the region, the allocator that its chunks come from. */
  override readonly parent: Allocator;
  override readonly detects: readonly MisuseCode[] = DETECTS;
  readonly region: Region;
  readonly words: Float64Array;
  /** The open scopes of the region. */
  readonly scopes: Scope[];
  readonly level: number;
  /** The words when this scope began. */
  readonly mark: Float64Array;
  readonly drops: (() => void)[] = [];

  /** @param mark - of a region that is made again. Default: the words now, when the scope begins */
  constructor(parent: Allocator, region: Region, scopes: Scope[], mark?: Float64Array) {
    // The place in `scopes` identifies a frame: recording it as a tenant would cost more than its life.
    super(scopes.length === 0 ? parent : undefined);
    this.parent = parent;
    this.memory = region.memory;
    this.region = region;
    this.words = region.words;
    this.scopes = scopes;
    this.level = scopes.push(this) - 1;
    this.mark = mark ?? region.enter();
  }

  override allocate(layout: Layout): Ptr | Null {
    const words = this.words;
    if (words[DEPTH] !== this.level) this.requireUnlocked();
    const { size, align } = layout ?? NO_LAYOUT;
    // A size that is a fraction would make the next address one.
    const isBlock = ((size - 1) >>> 0) + 1 === size;
    if (!(isBlock && align <= CHUNK_ALIGN && align > 0)) return this.allocateOther(layout);
    const ptr = alignUp(words[TIP]! + words[SHIFT]!, align);
    const tip = ptr - words[SHIFT]! + size;
    if (tip > words[END]!) return this.allocateInNewChunk(layout);
    words[TIP] = tip;
    return ptr as Ptr;
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "grow");
    if (from.align !== to.align) this.requireLive(ptr, from);
    return super.grow(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "shrink");
    if (from.align !== to.align) this.requireLive(ptr, from);
    return super.shrink(ptr, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    const words = this.words;
    if (words[DEPTH] !== this.level) this.requireUnlocked();
    const { size } = layout ?? NO_LAYOUT;
    const position = ptr - words[SHIFT]!;
    if (position + size === words[TIP] && position >= words[FLOOR]! && position >= words[RELEASED]!) {
      this.moveTip(position);
    } else this.releaseOther(ptr, layout);
  }

  override usableSize(layout: Layout): number {
    requireLayout(layout, "usableSize");
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
    if (isOpen(this)) this.endTenants(errors);
    // Drops that tenants deferred as they ended.
    if (this.drops.length !== 0) errors.push(...settle(this));
    if (isOpen(this)) {
      const peak = this.words[PEAK]!;
      attempt(errors, () => this.region.leave(this.mark));
      this.region.enter();
      this.words[PEAK] = peak;
      this.epochChanged();
    }
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    const words = this.words;
    if (words[DEPTH] !== this.level) this.requireUnlocked();
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    const position = ptr - words[SHIFT]!;
    const isLast = position + from.size === words[TIP] && position >= words[FLOOR]!;
    if (!isLast || position < words[RELEASED]!) this.requireLive(ptr, from);
    if (!isLast) return to.size <= from.size;
    if (!(position + to.size <= words[END]!)) return false;
    // As in `allocateOther`: the last chunk may have room for what no chunk is guaranteed to have room for.
    if (to.size > from.size && to.align > CHUNK_ALIGN && this.usableSize(to) === 0) return false;
    this.moveTip(position + to.size);
    this.region.releases.forget(position + to.size);
    return true;
  }

  defer(drop: () => void): void {
    this.requireUnlocked();
    this.drops.push(drop);
  }

  get isScoped(): boolean {
    return isOpen(this) && this.words[DEPTH] !== this.level;
  }

  frame(): this {
    this.requireUnlocked();
    return new Scope(this, this.region, this.scopes) as this;
  }

  scope<R>(body: (inner: this) => R): R {
    this.requireUnlocked();
    const inner = new Scope(this, this.region, this.scopes) as this;
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
      () => `scoped: ${scopes.length} scopes are open, got ${words[DEPTH]} + 1`,
    );
    let start = 0;
    for (const { mark } of scopes) {
      invariant(start <= mark[TIP]!, () => "scoped: a scope begins in the one around it");
      start = mark[TIP]!;
    }
    invariant(start <= words[FLOOR]!, () => "scoped: the floor lies in the innermost scope");
    this.region.check();
  }

  blocks(visit: BlockVisitor): void {
    this.region.visit(this.mark, visit);
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
    const { region, level } = this;
    // Frames and drops are objects of this realm.
    const open = this.scopes.length > 1 || this.drops.length > 0;
    return { kind: "scoped", options: { bytes: region.bytes, grow: region.grows, level, open }, state: region.state() };
  }

  /** Ends the frames in it first: until then it is locked, and its tenants could not return their chunks. */
  override dispose(): void {
    rethrow(end(this));
  }

  override close(): void {
    // Drops that tenants deferred as they ended.
    const errors = settle(this);
    if (isOpen(this)) {
      this.scopes.pop();
      attempt(errors, () => this.region.leave(this.mark));
      if (this.level === 0) attempt(errors, () => this.region.close());
    }
    rethrow(errors);
  }

  finish(): void {
    super.dispose();
    // It is ending already, and what ran meanwhile ends a scope around it.
    if (isOpen(this)) this.close();
  }

  /** Allocates a block of size 0, or of a larger align than chunks have. */
  allocateOther(layout: Layout): Ptr | Null {
    requireLayout(layout, "allocate");
    if (layout.size === 0) return this.expectLayout(layout, "allocate").dangling;
    // The last chunk may be well aligned by chance: refuse what no chunk is guaranteed to serve.
    if (this.usableSize(layout) === 0) return 0;
    const { words } = this;
    const ptr = alignUp(words[TIP]! + words[SHIFT]!, layout.align);
    const tip = ptr - words[SHIFT]! + layout.size;
    if (tip > words[END]!) return this.allocateInNewChunk(layout);
    words[TIP] = tip;
    return ptr as Ptr;
  }

  allocateInNewChunk(layout: Layout): Ptr | Null {
    const { region, words } = this;
    if (!region.grows) return 0;
    const wasBusy = this.isBusy;
    this.isBusy = true;
    try {
      const chunk = region.take(layout);
      if (chunk === undefined) return 0;
      // The parent may have called back and changed the scopes.
      if (isOpen(this) && words[DEPTH] === this.level) region.add(chunk);
      else {
        region.parent.deallocate(chunk.ptr, chunk.layout);
        this.requireOpen();
        throw reentrant(this.scopes[0] ?? this);
      }
    } finally {
      this.isBusy = wasBusy;
    }
    return this.allocate(layout);
  }

  /** Releases a block of size 0, or one that is not at the tip. */
  releaseOther(ptr: Ptr, layout: Layout): void {
    requireLayout(layout, "deallocate");
    if (layout.size === 0) return;
    const { region, words } = this;
    const position = this.requireLive(ptr, layout);
    if (position + layout.size === words[TIP] && position >= words[FLOOR]!) {
      this.moveTip(position);
      region.releases.forget(position);
    } else region.release(position);
  }

  /** Moves the tip with the end of the block there. Positions that it passes downwards were released by this scope. */
  moveTip(tip: number): void {
    const words = this.words;
    words[CLOSED_FROM] = Math.max(words[CLOSED_FROM]!, words[TIP]!);
    words[TIP] = tip;
  }

  requireUnlocked(): void {
    if (this.words[DEPTH] !== this.level) throw locked(this.scopes[0] ?? this);
  }

  /** Throws if this scope has ended, because every method of such a scope throws. */
  requireOpen(): void {}

  /** Returns the position of a block. Throws if it is detectably not live in this scope. */
  requireLive(ptr: Ptr, layout: Layout): number {
    this.requireUnlocked();
    const { region, words, mark } = this;
    const position = region.locate(ptr);
    if (layout.size === 0) return position;
    const isInside = position >= mark[TIP]! && position + layout.size <= words[TIP]!;
    if (isInside && !region.releases.has(position)) return position;
    throw misuseAt(this.scopes[0] ?? this, ptr, layout, isInside ? Infinity : position, mark, words);
  }
}
