/**
 * Allocator: the contract. Two methods to write, the rest provided.
 *
 *     request   allocate(layout)         ──▶  Ptr, or NULL: no room, and nothing has changed
 *     release   deallocate(ptr, layout)  ──▶  any layout that fits the block
 *
 * Blocks need no header because the release passes the layout. NULL is a return value, not an error, so a chain can ask its next
 * member. docs/contract.md lists the rules; the testkit checks each of them.
 *
 * @module
 */
import { type MisuseCode, nullPointer, requireLayout, requireLayouts } from "../base/errors.ts";
import { disposeKey, inspectKey } from "../base/symbols.ts";
import { changeEpoch, endAllocator, endTenants } from "../chain/ends.ts";
import type { Description, Footprint, SelfDescription } from "../chain/graph.ts";
import { describe, footprintOf, outlineOf, textOf } from "../chain/graph.ts";
import { disown, isOwned, lentOf, stand } from "../chain/kin.ts";
import { ownLive } from "../chain/retire.ts";
import type { Memory } from "../memory/memory.ts";
import type { ArrayType, ArrayView } from "../memory/views.ts";
import { Layout } from "../values/layout.ts";
import { NULL, type Null, type Ptr } from "../values/ptr.ts";
import { type ArrayBlock, arrayIn } from "./array-block.ts";
import { type AllocatorParts, assemble, type From, type Lent, lend } from "./forward.ts";
import { undoing } from "./move.ts";
import { growByHooks, resize } from "./resize.ts";

const NONE: readonly never[] = [];

/** The base class of all allocators. Subclasses implement {@link allocate} and {@link deallocate}, which get size 0 and NULL, too. */
export abstract class Allocator {
  /**
   * Called with each new allocator and its children, before it has a field. `specialized` of @alloc/combinators sets it while it
   * runs, to give a combinator a class of its own. Only this constructor runs before the first field.
   *
   * @internal
   */
  static combining: ((combinator: Allocator, children: readonly Allocator[]) => void) | undefined;
  /** The memory that holds the blocks. */
  abstract readonly memory: Memory;
  /** The kinds of misuse that this allocator detects. The testkit tries each of them. */
  readonly detects: readonly MisuseCode[];
  /** Whether `sizeAt(ptr) === usableSize(layout)` for each block and each layout that fits: byte counters need no `sizeAt` then. */
  readonly isExact: boolean;
  /** The allocator from which a leaf takes its chunks. A leaf never disposes its parent. */
  readonly parent: Allocator | undefined;
  /** The allocators that a combinator asks. It owns and disposes them; lend one with {@link byRef} to keep it. */
  readonly children: readonly Allocator[];
  /** Changes when this allocator, or one that it is made of, is reset or disposed. Handles compare it before each use of a block. */
  readonly epoch: number;
  /** @internal True while it waits for its parent: a root trims all others before it returns NULL. A leaf with `trim` sets it. */
  isBusy: boolean;

  /**
   * @param parent - the source of a leaf's chunks
   * @param children - the allocators that a combinator asks; it owns those that are not lent
   * @throws {@link MisuseError} `owned` if another combinator owns a child, or it is passed twice; `disposed` if it has ended
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
    if (children.length !== 0) ownLive(this, children);
  }

  /** True if no combinator owns it and disposing a chain does not end it: lent allocators, and those of the realm. */
  get isLent(): boolean {
    return false;
  }

  /**
   * Makes an allocator from a plain object, or from any object with these methods. Requests of size 0 never reach the parts.
   *
   * @param parts - `memory`, `allocate`, `deallocate`, and any other method of an allocator or capability; a `name`
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
  static from<P extends AllocatorParts>(parts: P): From<P> {
    return assemble(Allocator, parts);
  }

  /**
   * Allocates a block.
   *
   * @returns its address, a multiple of `layout.align`; `layout.dangling` for size 0; NULL if there is no room, in which case
   *   nothing has changed
   */
  abstract allocate(layout: Layout): Ptr | Null;

  /**
   * Allocates a block whose usable bytes are all 0.
   *
   * @returns as {@link allocate}
   * @throws {@link MisuseError} `no-bytes` if the memory has no bytes and no `fill` hook
   */
  allocateZeroed(layout: Layout): Ptr | Null {
    requireLayout(layout, "allocateZeroed");
    if (layout.size !== 0) this.memory.needBytes();
    const ptr = this.allocate(layout);
    const clear = () => this.memory.fill(ptr as Ptr, this.usableSize(layout));
    if (ptr !== NULL) undoing(clear, () => this.deallocate(ptr, layout));
    return ptr;
  }

  /**
   * Enlarges a block, in place if possible, by moving it otherwise. The align may change.
   *
   * @param from - a layout that fits the block
   * @param to - its `size` is at least `from.size`
   * @returns the address of the block, whose first `from.size` bytes are kept; the old address is dead. NULL if there is no room,
   *   in which case the old block is unchanged
   * @throws {@link MisuseError} `no-bytes` if it has to move and the memory has no bytes and no `copy` hook
   */
  grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return resize(this, ptr, from, to, "grow");
  }

  /**
   * Enlarges a block like {@link grow}; the bytes from `from.size` up to the usable size of `to` are 0.
   *
   * @throws {@link MisuseError} `no-bytes` if the memory has no bytes and no `fill` hook
   */
  growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "growZeroed");
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
   * Shrinks a block. The align may change and the block may move, so this may fail.
   *
   * @param from - a layout that fits the block
   * @param to - its `size` is at most `from.size`; 0 releases the block
   * @returns the address of the block, whose first `to.size` bytes are kept; the old address is dead. NULL if there is no room,
   *   in which case the old block is unchanged
   * @throws {@link MisuseError} `no-bytes` if it has to move and the memory has no bytes and no `copy` hook
   */
  shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return resize(this, ptr, from, to, "shrink");
  }

  /**
   * Releases a block.
   *
   * @param layout - a layout that fits: the last requested align, and any size from the last requested size to its usable size
   * @throws {@link MisuseError} if this allocator detects that the block or the layout is wrong
   */
  abstract deallocate(ptr: Ptr, layout: Layout): void;

  /**
   * Returns the bytes that every block for `layout` is guaranteed to have. Monotone in the size, and idempotent.
   *
   * @returns bytes; 0 for size 0 and for a layout that this allocator can never serve
   */
  usableSize(layout: Layout): number {
    return this.expectLayout(layout, "usableSize").size;
  }

  /**
   * Allocates a typed array, filled with zeros: `array(Float32Array, 100)`. {@link ArrayBlock} has an example.
   *
   * @param length - elements, an integer from 0
   * @throws `AllocError` if there is no room; {@link MisuseError} `no-bytes` if the memory has no bytes
   */
  array<V extends ArrayView>(Type: ArrayType<V>, length: number): ArrayBlock<V> {
    return arrayIn(this, Type, length);
  }

  /** Returns the memory use of this allocator. For a combinator: the sum of its children, and its own words. */
  footprint(): Footprint {
    return this.children.length === 0 ? { held: NaN, bookkeeping: NaN, peak: NaN } : footprintOf(this);
  }

  /** Returns the memory use without that of the children. For authors of combinators with words of their own; `held` is 0. */
  ownFootprint(): Footprint {
    return { held: 0, bookkeeping: 0, peak: 0 };
  }

  /**
   * Lends this allocator: returns an allocator with all its capabilities except `reset`, whose `dispose` does nothing. Returns
   * the same object each time. A combinator owns its children, so lend an allocator that is used in two chains or outlives them.
   */
  byRef(): Lent<this> {
    return lentOf(this, () => lend(Allocator, this)) as Lent<this>;
  }

  /** Describes this allocator without its children and parent. */
  describeSelf(): SelfDescription {
    return { kind: "custom", options: {}, state: {} };
  }

  /** Returns the whole chain as data. */
  describe(): Description {
    return describe(this);
  }

  /** Returns the chain without its state arrays, for `JSON.stringify`: the first 1,000 members, and how many `more` there are. */
  toJSON(): object {
    return outlineOf(this);
  }

  /** Returns the chain in one line: `"fallback(freeList, system)"`. */
  toString(): string {
    return textOf(this);
  }

  /** Prints as {@link toString}. */
  [inspectKey](): string {
    return this.toString();
  }

  /**
   * Ends this allocator: live blocks die, and its chunks return to the parent. First, every allocator that takes chunks from it
   * ends, newest first; then its children, first to last, because the first may take its chunks from a later one. Drops may use
   * this allocator until its children have ended.
   *
   * Errors do not stop it: everything is ended before an error is thrown. A second call does nothing, nor does a call from a drop
   * that runs meanwhile; every other call throws MisuseError("disposed") from then on.
   *
   * @throws the error that ending threw; an `AggregateError` for several. {@link MisuseError} `disposed`, once, if it has already
   *   ended with its parent
   */
  dispose(): void {
    endAllocator(this);
  }

  /** Calls {@link dispose}, for `using`. */
  [disposeKey](): void {
    this.dispose();
  }

  /**
   * Does the work that needs live children, such as returning blocks to a lent child through an owned one. For authors: `dispose`
   * calls it once, after all allocators that take chunks from this one have ended.
   */
  settle(): void {}

  /**
   * Returns this allocator's own chunks to the parent and clears its state. For authors: `dispose` calls it once, after all
   * children have ended.
   */
  close(): void {}

  /** @internal Returns a layout; throws a `TypeError` that shows the right call for anything else. */
  expectLayout(layout: Layout, call: string): Layout {
    requireLayout(layout, call);
    // An object with the numbers of a layout counts as one, and its dangling address is read next.
    return layout.dangling === undefined ? Layout.of(layout.size, layout.align) : layout;
  }

  /** Whether a combinator owns this allocator. For authors: only the owner may dispose it. */
  get isOwned(): boolean {
    return isOwned(this);
  }

  /** Adds a child after construction. For authors. */
  adopt(child: Allocator): void {
    ownLive(this, [child]);
  }

  /** Gives up ownership of a child. For authors: call it before the combinator disposes a child itself. */
  abandon(child: Allocator): void {
    disown(this, child);
  }

  /** Ends every allocator that takes chunks from this one, newest first. For authors: `reset` starts with it. */
  endTenants(errors: unknown[]): void {
    endTenants(this, errors);
  }

  /** Changes the epoch of this allocator and of all that are built on it. For authors: `reset` ends with it. */
  epochChanged(): void {
    changeEpoch(this);
  }
}
