/**
 * Free list: blocks of one size, the one released last handed out first.
 *
 *     the chunk     │ block 1 │ block 2 │ block 3 │ block 4 │       blockSize bytes each, from the parent
 *     links   3 ──▶ │   −1    │   −1    │    4    │    0    │       outside the memory
 *             head     live      live     free      free, the last
 *
 * The link of a free block is the number of the next free one; that of a live block is −1. So one look tells whether an
 * address is a live block of this list: a second release, an address inside a block and a foreign one are all seen, at no
 * measured cost. Blocks are numbered from 1, and 0 ends the list.
 *
 * @module
 */
import {
  Allocator,
  AllocError,
  type Footprint,
  invariant,
  Layout,
  LayoutError,
  type Memory,
  type MisuseCode,
  MisuseError,
  type Null,
  type Powers,
  type Ptr,
  pages,
  type SelfDescription,
} from "@alloc/core";

/** Bytes that a list takes from its parent unless told how many blocks it shall have. */
const CHUNK = 65536;
const LEAST_BLOCKS = 64;
/** The root hands out multiples of it, so a block size gets no larger alignment unless asked for. */
const MOST_ALIGN = 4096;

export interface FreeListOptions {
  /** How many blocks, an integer from 1. As many as fill 64 KiB unless said, and at least 64. */
  readonly blocks?: number;
  /**
   * The alignment of every block, in bytes: a power of two. Unless said, the largest one that divides the block size, at
   * least 8 and at most 4096. The block size is rounded up to it.
   */
  readonly align?: number;
  /** Where the chunk comes from: `pages()` unless said. */
  readonly parent?: Allocator;
}

/** An allocator of blocks of one size. */
export interface FreeList extends Allocator, Pick<Powers, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check"> {
  /** Usable bytes of every block: what the factory was told, rounded up to the alignment. */
  readonly blockSize: number;
  readonly blocks: number;
  readonly align: number;
}

class FreeListMachine extends Allocator implements FreeList {
  override readonly memory: Memory;
  override readonly sees: readonly MisuseCode[] = ["double-free", "interior-pointer", "foreign-pointer"];
  override readonly isExact = true;
  override readonly parent: Allocator;
  readonly blockSize: number;
  readonly blocks: number;
  readonly align: number;
  /** The address of block 1. */
  readonly base: number;
  /** Word 0 is the head; word i belongs to block i. */
  readonly links: Int16Array | Int32Array;

  constructor(parent: Allocator, block: Layout, blocks: number) {
    super(parent);
    const chunk = Layout.array(block, blocks);
    const base = parent.allocate(chunk);
    if (base === 0) throw new AllocError(chunk, ` for the ${blocks} blocks of a free list: the parent has no room`);
    this.parent = parent;
    this.memory = parent.memory;
    this.blockSize = block.size;
    this.blocks = blocks;
    this.align = block.align;
    this.base = base;
    this.links = parent.memory.words<Int16Array | Int32Array>(blocks < 2 ** 15 ? Int16Array : Int32Array, blocks + 1);
    this.reset();
  }

  override allocate(layout: Layout): Ptr | Null {
    const links = this.links;
    const block = links[0]!;
    if (block === 0 || layout.size === 0 || layout.size > this.blockSize || layout.align > this.align) {
      return layout.size === 0 ? layout.dangling : 0;
    }
    links[0] = links[block]!;
    links[block] = -1;
    return (this.base + (block - 1) * this.blockSize) as Ptr;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size === 0) return;
    const links = this.links;
    const block = (ptr - this.base) / this.blockSize + 1;
    if (links[block] !== -1) throw this.misuse(ptr);
    links[block] = links[0]!;
    links[0] = block;
  }

  override usableSize(layout: Layout): number {
    return layout.size === 0 || layout.size > this.blockSize || layout.align > this.align ? 0 : this.blockSize;
  }

  owns(ptr: Ptr): boolean {
    return ptr >= this.base && ptr < this.base + this.blocks * this.blockSize;
  }

  reset(): void {
    const links = this.links;
    for (let block = 0; block < this.blocks; block++) links[block] = block + 1;
    links[this.blocks] = 0;
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    return to.size <= this.sizeAt(ptr);
  }

  sizeAt(ptr: Ptr): number {
    if (this.links[(ptr - this.base) / this.blockSize + 1] !== -1) throw this.misuse(ptr);
    return this.blockSize;
  }

  check(): void {
    const { links, blocks } = this;
    let free = 0;
    for (let block = links[0]!; block !== 0; block = links[block]!) {
      invariant(
        block > 0 && block <= blocks,
        () => `free list: a link names one of ${blocks} blocks or the end, came ${block}`,
      );
      invariant(++free <= blocks, () => "free list: the links end");
    }
    const live = links.subarray(1).filter((link) => link === -1).length;
    invariant(live + free === blocks, () => `free list: of ${blocks} blocks, ${live} live and ${free} free are all`);
  }

  override footprint(): Footprint {
    const held = this.blocks * this.blockSize;
    const bookkeeping = this.links.byteLength;
    return { held, bookkeeping, peak: held + bookkeeping };
  }

  override describeSelf(): SelfDescription {
    const { blockSize, blocks, align, base, links } = this;
    return { kind: "freeList", options: { blockSize, blocks, align, base }, state: { links } };
  }

  override dispose(): void {
    super.dispose();
    this.parent.deallocate(this.base as Ptr, Layout.of(this.blocks * this.blockSize, this.align));
  }

  /** Finds out what is wrong with an address that is no live block. */
  misuse(ptr: Ptr): MisuseError {
    const list = `the free list of ${this.blocks} blocks of ${this.blockSize} bytes at ${this.base}`;
    if (!this.owns(ptr)) return new MisuseError("foreign-pointer", `${ptr} does not lie in ${list}`);
    const inside = (ptr - this.base) % this.blockSize;
    if (inside === 0) return new MisuseError("double-free", `the block at ${ptr} is not live in ${list}`);
    return new MisuseError("interior-pointer", `${ptr} lies ${inside} bytes inside a block of ${list}`);
  }
}

/**
 * Makes an allocator of blocks of one size. It takes one chunk from its parent when it is made and never more: when all
 * blocks are live, it answers NULL.
 *
 * Cost: O(1), but O(blocks) to make and to reset; 2 bytes of state per block, 4 from 32,768 blocks on. A request larger
 * than a block, or of a larger alignment, is answered with NULL.
 *
 * Source: the free list of the C programs of the 1960s; links outside the memory so that nothing can overwrite them.
 *
 * @param blockSize - bytes, an integer from 1
 * @throws `LayoutError` if the block size, the align or the number of blocks cannot be; `AllocError` if the parent has no
 *   room
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
export function freeList(blockSize: number, options: FreeListOptions = {}): FreeList {
  const align = options.align ?? Math.max(8, Math.min(blockSize & -blockSize, MOST_ALIGN));
  const block = Layout.of(blockSize, align).padToAlign();
  if (block.size === 0) throw new LayoutError("size", "a free list needs blocks of at least 1 byte, came 0");
  const blocks = options.blocks ?? Math.max(LEAST_BLOCKS, Math.floor(CHUNK / block.size));
  if (blocks === 0) throw new LayoutError("count", "a free list needs at least 1 block, came 0");
  return new FreeListMachine(options.parent ?? pages(), block, blocks);
}
