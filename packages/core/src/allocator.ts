/**
 * Allocator: the contract. Two methods to write, the rest provided.
 *
 *     request   allocate(layout)         ──▶  Ptr, or NULL: no room, and nothing has changed
 *     release   deallocate(ptr, layout)  ──▶  any layout that fits the block
 *
 * Because the release names the layout, no block needs a header. Because NULL is an answer, a chain can ask the next one.
 * The rules, each of them a check of the testkit, stand in docs/contract.md.
 *
 * @module
 */

import type { Can, CapabilitiesOf } from "./capabilities.ts";
import { changeEpoch, endAllocator, endTenants } from "./ends.ts";
import { type MisuseCode, nullPointer, requireLayout } from "./errors.ts";
import { type AllocatorParts, assemble, type Lent, lend } from "./forward.ts";
import {
  type Description,
  describe,
  type Footprint,
  footprintOf,
  outlineOf,
  type SelfDescription,
  textOf,
} from "./graph.ts";
import { disown, isOwned, lentOf, own, stand } from "./kin.ts";
import type { Layout } from "./layout.ts";
import type { Memory } from "./memory.ts";
import { undoing } from "./move.ts";
import { NULL, type Null, type Ptr } from "./ptr.ts";
import { growByHooks, requireSizes, resize } from "./resize.ts";
import { disposeKey, inspectKey } from "./symbols.ts";

const NONE: readonly never[] = [];

export abstract class Allocator {
  /**
   * Called with each allocator that is made, before it has a field, and with its children: by `specialized` of
   * @alloc/combinators, which puts other code under those that combine.
   *
   * @internal
   */
  static combining: ((combinator: Allocator, children: readonly Allocator[]) => void) | undefined;
  /** The address space that its blocks lie in. */
  abstract readonly memory: Memory;
  /** The misuse that this allocator detects. The testkit tries what is declared. */
  readonly detects: readonly MisuseCode[];
  /**
   * Whether `sizeAt` tells of every block just what `usableSize` tells of its layouts, so that who counts bytes need not look a
   * block up. If not, a block may have more than it was promised.
   */
  readonly isExact: boolean;
  /** The allocator that a leaf takes its chunks from. It is never disposed by the leaf. */
  readonly parent: Allocator | undefined;
  /** The allocators that a combinator asks. They are its own, and disposed with it; lend one with {@link byRef}. */
  readonly children: readonly Allocator[];

  /**
   * A number that changes whenever blocks have ended other than by their release: when this allocator, or one that it is made of, was
   * reset or disposed. A handle keeps it, and compares it before it uses its block.
   */
  readonly epoch: number;
  /**
   * Whether it waits for its parent in the middle of a call. A leaf that can `trim` sets it around such a call: the root asks all
   * others to trim before it returns NULL.
   *
   * @internal
   */
  isBusy: boolean;

  /**
   * @param parent - where a leaf takes its chunks from
   * @param children - what a combinator asks; it owns those that are not lent
   * @throws {@link MisuseError} `owned` if another combinator owns one of the children, or it is there twice
   */
  constructor(parent?: Allocator, children: readonly Allocator[] = NONE) {
    // Before any field: with one, V8 would give every specialised instance a hidden class of its own.
    Allocator.combining?.(this, children);
    this.detects = NONE;
    this.isExact = false;
    this.parent = parent;
    this.children = children;
    this.epoch = 0;
    this.isBusy = false;
    if (parent !== undefined) stand(this, parent);
    if (children.length !== 0) own(this, children);
  }

  /** Whether nobody owns it, and nobody's `dispose` ends it: what is lent, and what belongs to the realm. */
  get isLent(): boolean {
    return false;
  }

  /**
   * Makes an allocator of a plain object, or of any object with these methods. Size 0 is handled here: the parts never see it.
   *
   * @param parts - `memory`, `allocate`, `deallocate`, and any other method of an allocator or capability
   * @throws `TypeError` if one of the three is missing
   * @example
   * ```ts
   * import { Allocator, Layout, Memory, type Ptr } from "@alloc/core";
   *
   * let top = 65536;
   * const bump = Allocator.from({
   *   memory: Memory.virtual(2 ** 20),
   *   allocate: (layout) => (top += layout.size) as Ptr,
   *   deallocate: () => {},
   *   owns: (ptr: Ptr) => ptr >= 65536 && ptr < top,
   * });
   * bump.owns(bump.allocate(Layout.of(0)) as Ptr); // => false
   * ```
   */
  static from<P extends AllocatorParts>(parts: P): Can<CapabilitiesOf<P>> {
    return assemble(Allocator, parts) as Can<CapabilitiesOf<P>>;
  }

  /**
   * Hands out a block.
   *
   * @returns its address, a multiple of `layout.align`; `layout.dangling` for size 0; NULL if there is no room, and then
   *   nothing has changed
   */
  abstract allocate(layout: Layout): Ptr | Null;

  /**
   * Hands out a block whose usable bytes are all 0.
   *
   * @returns as {@link allocate}
   * @throws {@link MisuseError} `no-bytes` if nobody can zero the bytes of this memory
   */
  allocateZeroed(layout: Layout): Ptr | Null {
    if (!(layout?.size > 0)) requireLayout(layout, "allocateZeroed");
    if (layout.size !== 0) this.memory.needBytes();
    const ptr = this.allocate(layout);
    const clear = () => this.memory.fill(ptr as Ptr, this.usableSize(layout));
    if (ptr !== NULL) undoing(clear, () => this.deallocate(ptr, layout));
    return ptr;
  }

  /**
   * Makes a block larger, in place if it can, and moves it otherwise. The align may change.
   *
   * @param from - a layout that fits the block
   * @param to - its `size` is not less than that of `from`
   * @returns the address of the block, whose first `from.size` bytes are kept; the old one is dead. NULL if there is no
   *   room, and then the old block is as it was
   * @throws {@link MisuseError} `no-bytes` if it would have to move and nobody can copy the bytes of this memory
   */
  grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return resize(this, ptr, from, to, "grow");
  }

  /**
   * As {@link grow}, and the bytes from `from.size` on are 0, up to the usable size of `to`.
   *
   * @throws {@link MisuseError} `no-bytes` if nobody can zero the bytes of this memory
   */
  growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireSizes("growZeroed", from, to);
    if (from.size === 0) return this.allocateZeroed(to);
    if (ptr === NULL) throw nullPointer("growZeroed");
    const { memory } = this;
    memory.needBytes();
    if (!memory.hasBytes) return growByHooks(this, ptr, from, to);
    const usable = this.usableSize(to);
    const next = this.grow(ptr, from, to);
    if (next !== NULL) memory.fill((next + from.size) as Ptr, usable - from.size);
    return next;
  }

  /**
   * Makes a block smaller. The align may change, and the block may move, so this may fail.
   *
   * @param from - a layout that fits the block
   * @param to - its `size` is not greater than that of `from`; 0 releases the block
   * @returns the address of the block, whose first `to.size` bytes are kept; the old one is dead. NULL if there is no
   *   room, and then the old block is as it was
   * @throws {@link MisuseError} `no-bytes` if it would have to move and nobody can copy the bytes of this memory
   */
  shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return resize(this, ptr, from, to, "shrink");
  }

  /**
   * Takes a block back.
   *
   * @param layout - one that fits: the align last asked with, and a size from the one last asked to its usable size
   * @throws {@link MisuseError} where this allocator detects that the block or the layout is wrong
   */
  abstract deallocate(ptr: Ptr, layout: Layout): void;

  /**
   * Answers how many bytes every block for `layout` is guaranteed to have. Monotone in the size, and the same for its own
   * answer.
   *
   * @returns bytes; 0 for size 0, and for a layout that this allocator can never serve
   */
  usableSize(layout: Layout): number {
    return this.expectLayout(layout, "usableSize").size;
  }

  /** Answers what this allocator holds of its memory. Of a combinator: the sum of its children. */
  footprint(): Footprint {
    return this.children.length === 0 ? { held: NaN, bookkeeping: NaN, peak: NaN } : footprintOf(this.children);
  }

  /**
   * Lends this allocator: returns an allocator with all its capabilities but `reset`, whose `dispose` does nothing. It is the same one
   * each time. A combinator owns the children it is given; so one that stands in two chains, or outlives them, is lent.
   */
  byRef(): Lent<this> {
    return lentOf(this, () => lend(Allocator, this)) as Lent<this>;
  }

  /** Describes this allocator, without its children and parent. */
  describeSelf(): SelfDescription {
    return { kind: "custom", options: {}, state: {} };
  }

  /** Describes the whole chain as data. */
  describe(): Description {
    return describe(this);
  }

  /** Describes the whole chain without its words: what `JSON.stringify` shows. */
  toJSON(): object {
    return outlineOf(this);
  }

  /** Returns the chain in a line: `"fallback(freeList, system)"`. */
  toString(): string {
    return textOf(this);
  }

  [inspectKey](): string {
    return this.toString();
  }

  /**
   * Ends this allocator: live blocks die, and its chunks go back to the parent. Before that ends whatever takes chunks from it, the
   * newest first, and then its children, first to last, since the first may have its chunks from a later one. Until a child has ended,
   * its drops may use this allocator.
   *
   * Whatever throws, all of it is ended. A second time does nothing, nor does a call from a drop that runs meanwhile; every other call
   * from now on throws MisuseError("disposed").
   *
   * @throws what ending threw; an `AggregateError` if that were several errors. {@link MisuseError} `disposed`, once, if it has ended
   *   already, with its parent
   */
  dispose(): void {
    endAllocator(this);
  }

  [disposeKey](): void {
    this.dispose();
  }

  /**
   * Does what has to be done while the children still work: gives blocks back to a child that is lent by way of one that is not, for
   * example. For authors: `dispose` calls it once, when all that takes chunks from this allocator has ended.
   */
  settle(): void {}

  /**
   * Gives back what this allocator itself holds of its parent, and clears its accounts. For authors: `dispose` calls it once, when
   * all children have ended.
   */
  close(): void {}

  /** @internal Returns a layout; throws a `TypeError` that shows the right call for anything else. */
  expectLayout(layout: Layout, call: string): Layout {
    requireLayout(layout, call);
    return layout;
  }

  /** Whether a combinator owns this allocator. For authors: what is owned is not theirs to dispose. */
  get isOwned(): boolean {
    return isOwned(this);
  }

  /** Takes a child that was not there when this combinator was made. For authors. */
  adopt(child: Allocator): void {
    own(this, [child]);
  }

  /** Gives up a child. For authors: before a combinator disposes one itself. */
  abandon(child: Allocator): void {
    disown(this, child);
  }

  /** Ends whatever takes chunks from this allocator, the newest first. For authors: a `reset` begins with it. */
  endTenants(errors: unknown[]): void {
    endTenants(this, errors);
  }

  /** Changes the epoch, here and in all that is made of this allocator. For authors: a `reset` ends with it. */
  epochChanged(): void {
    changeEpoch(this);
  }
}
