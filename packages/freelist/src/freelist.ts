/**
 * Free list: a pool of blocks of one size. The block released last is handed out first.
 *
 *     the chunk     │ block 1 │ block 2 │ block 3 │ block 4 │       blockSize bytes each, from the parent
 *     links   3 ──▶ │   −1    │   −1    │    4    │    0    │       outside the memory
 *             head     live      live     free      free, the last
 *
 * The link of a free block is the number of the next free one; the link of a live block is −1. So one load tells whether an
 * address is a live block of this list. This detects double frees, interior pointers and foreign pointers at no measured cost.
 * Blocks are numbered from 1; 0 ends the list.
 *
 * @module
 */
import {
  Allocator,
  ArgumentError,
  type BlockVisitor,
  type Capabilities,
  type Footprint,
  Layout,
  LayoutError,
  type Memory,
  type MisuseCode,
  type MisuseError,
  type NameOption,
  type Null,
  type Ptr,
  type SelfDescription,
  type SharedIn,
} from "@alloc/core";
import {
  bytesText,
  giveChunk,
  hide,
  invariant,
  type Kind,
  misuseOf,
  NO_LAYOUT,
  nullPointer,
  parentOf,
  recycle,
  requireLayout,
  requireLayouts,
  requireParent,
  rethrow,
  withName,
  wordsIn,
} from "@alloc/core/author";
import { type Chunk, take } from "./chunk.ts";

const OPTIONS = ["blocks", "align", "parent", "name"];
/** The default alignment is at most the granule of the root. */
const MOST_ALIGN = 4096;

/** Options of {@link freeList}. */
export interface FreeListOptions<P extends Allocator = Allocator> extends NameOption {
  /**
   * The number of blocks, an integer from 1.
   *
   * @defaultValue as many as fill 64 KiB, at least 64; fewer if the parent has less room
   */
  readonly blocks?: number;
  /**
   * The alignment of every block in bytes, a power of two. The block size is rounded up to it.
   *
   * @defaultValue the largest power of two that divides the block size, from 8 to 4096
   */
  readonly align?: number;
  /**
   * The source of the chunk.
   *
   * @defaultValue `pages()`
   */
  readonly parent?: P;
}

/** A pool: an allocator of blocks of one size. */
export interface FreeList
  extends Allocator,
    Pick<Capabilities, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "blocks"> {
  /** Usable bytes of every block: the requested size, rounded up to the alignment. */
  readonly blockSize: number;
  /** The number of blocks, live and free. */
  readonly capacity: number;
  /** The alignment of every block in bytes. */
  readonly align: number;
}

class FreeListMachine extends Allocator implements FreeList {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[] = ["double-free", "interior-pointer", "foreign-pointer"];
  override readonly isExact = true;
  override readonly parent: Allocator;
  readonly blockSize: number;
  readonly capacity: number;
  readonly align: number;
  /** The address of block 1. */
  readonly base!: number;
  /** Word 0 is the head; word i belongs to block i. */
  readonly links!: Int16Array | Int32Array;

  /** @param isNew - whether its links have to be made */
  constructor(parent: Allocator, { base, layout, capacity, links }: Chunk, isNew: boolean) {
    super(parent);
    this.parent = parent;
    this.memory = parent.memory;
    this.blockSize = layout.size / capacity;
    this.capacity = capacity;
    this.align = layout.align;
    hide(this, { base, links });
    if (isNew) this.clear();
  }

  override allocate(layout: Layout): Ptr | Null {
    const { size, align } = layout ?? NO_LAYOUT;
    const links = this.links;
    const block = links[0]!;
    if (block !== 0 && size > 0 && align > 0 && size <= this.blockSize && align <= this.align) {
      links[0] = links[block]!;
      links[block] = -1;
      return (this.base + (block - 1) * this.blockSize) as Ptr;
    }
    return size > 0 && align > 0 ? 0 : this.expectLayout(layout, "allocate").dangling;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    const { size, align } = layout ?? NO_LAYOUT;
    if (size > 0 && align > 0) {
      const links = this.links;
      const block = (ptr - this.base) / this.blockSize + 1;
      if (links[block] !== -1) throw this.misuse(ptr);
      links[block] = links[0]!;
      links[0] = block;
    } else requireLayout(layout, "deallocate");
  }

  override usableSize(layout: Layout): number {
    const { size, align } = layout ?? NO_LAYOUT;
    if (size > 0 && align > 0 && size <= this.blockSize && align <= this.align) return this.blockSize;
    requireLayout(layout, "usableSize");
    return 0;
  }

  owns(ptr: Ptr): boolean {
    return ptr >= this.base && ptr < this.base + this.capacity * this.blockSize;
  }

  reset(): void {
    const errors: unknown[] = [];
    this.endTenants(errors);
    this.clear();
    this.epochChanged();
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    return to.size <= this.sizeAt(ptr);
  }

  sizeAt(ptr: Ptr): number {
    if (this.links[(ptr - this.base) / this.blockSize + 1] !== -1) throw this.misuse(ptr);
    return this.blockSize;
  }

  check(): void {
    const { links, capacity } = this;
    let free = 0;
    for (let block = links[0]!; block !== 0; block = links[block]!) {
      invariant(
        block > 0 && block <= capacity,
        () => `free list: a link must be a block from 1 to ${capacity} or 0, got ${block}`,
      );
      invariant(++free <= capacity, () => "free list: the links must not form a cycle");
    }
    const live = links.subarray(1).filter((link) => link === -1).length;
    invariant(
      live + free === capacity,
      () => `free list: ${live} live and ${free} free blocks must add up to ${capacity}`,
    );
  }

  /** Visits each live block and each free range between them. */
  blocks(visit: BlockVisitor): void {
    const { base, links, blockSize, capacity } = this;
    // A copy, because the visitor may allocate.
    const isLive = Array.from(links.subarray(1), (link) => link === -1);
    for (let block = 0; block < capacity; ) {
      const first = block++;
      if (!isLive[first]) while (block < capacity && !isLive[block]) block++;
      visit(base + first * blockSize, (block - first) * blockSize, isLive[first] ? "live" : "free");
    }
  }

  override footprint(): Footprint {
    const held = this.capacity * this.blockSize;
    const bookkeeping = this.links.byteLength;
    return { held, bookkeeping, peak: held + bookkeeping };
  }

  override describeSelf(): SelfDescription {
    const { blockSize, capacity, align, base, links } = this;
    return { kind: "freeList", options: { blockSize, blocks: capacity, align, base }, state: { links } };
  }

  override close(): void {
    giveChunk(this.parent, this.base as Ptr, Layout.of(this.capacity * this.blockSize, this.align));
    recycle(this.memory, this.links);
  }

  clear(): void {
    const links = this.links;
    for (let block = 0; block < this.capacity; block++) links[block] = block + 1;
    links[this.capacity] = 0;
  }

  misuse(ptr: Ptr): MisuseError {
    const list = `the free list of ${this.capacity} × ${bytesText(this.blockSize)} at ${this.base}`;
    if (!this.owns(ptr)) return misuseOf(this, "foreign-pointer", `${ptr} does not lie in ${list}`);
    const inside = (ptr - this.base) % this.blockSize;
    if (inside === 0) return misuseOf(this, "double-free", `the block at ${ptr} is not live in ${list}`);
    return misuseOf(this, "interior-pointer", `${ptr} lies ${bytesText(inside)} inside a block of ${list}`);
  }
}

/**
 * Makes a pool: an allocator of blocks of one size. It takes one chunk from its parent at construction and never another one.
 * When all blocks are live, it returns NULL; so it does for a request larger than a block, or of a larger alignment.
 *
 * Cost: O(1) to allocate and release, O(blocks) to make and to reset; 2 bytes of state per block, 4 from 32,768 blocks on.
 *
 * Source: the free lists of C programs of the 1960s, with the links outside the memory so that nothing can overwrite them.
 *
 * @param blockSize - bytes, an integer from 1
 * @throws `LayoutError` if the block size, the align or the number of blocks is out of bounds; `AllocError` if the parent has no
 *   room, in which case nothing was taken
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 *
 * using list = freeList(64);
 * const layout = Layout.of(40);
 * const ptr = orThrow(list.allocate(layout), layout);
 * list.deallocate(ptr, layout);
 * list.allocate(layout) === ptr; // => true
 * list.allocate(Layout.of(65)); // => 0
 * ```
 */
export function freeList<P extends Allocator = Allocator>(
  blockSize: number,
  options?: FreeListOptions<P>,
): SharedIn<P["memory"], FreeList>;
export function freeList(blockSize: number, options: FreeListOptions = {}): FreeList {
  const parent = parentOf("freeList(blockSize, { parent: pages(memory) })", options, OPTIONS);
  const align = options.align ?? Math.max(8, Math.min(blockSize & -blockSize, MOST_ALIGN));
  const block = Layout.of(blockSize, align).padToAlign();
  if (block.size === 0) throw new LayoutError("size", "a free list needs blocks of at least 1 byte, got 0");
  if (options.blocks === 0) throw new LayoutError("count", "a free list needs at least 1 block, got 0");
  return withName(options, () => new FreeListMachine(parent, take(parent, block, options), true));
}

/** The kind of {@link freeList}. */
export const freeListKind: Kind = {
  kind: "freeList",
  attach(node) {
    const parent = requireParent(node);
    const { blockSize, blocks, align, base } = node.options as Record<string, number>;
    const layout = Layout.array(Layout.of(blockSize!, align!).padToAlign(), blocks!);
    const isChunk = layout.size === blockSize! * blocks! && base! >= 16 && base! % align! === 0;
    if (!isChunk || layout.size === 0 || base! + layout.size > parent.memory.maximum) {
      throw new ArgumentError(
        `attach expects a free list in its memory, got ${blocks} × ${blockSize} bytes at ${base}`,
      );
    }
    const Links = blocks! < 2 ** 15 ? Int16Array : Int32Array;
    const links = wordsIn<typeof Int16Array | typeof Int32Array>(node, "links", Links, blocks! + 1);
    return new FreeListMachine(parent, { base: base as Ptr, layout, capacity: blocks!, links }, false);
  },
};
