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
  type BlockVisitor,
  type Capabilities,
  type Footprint,
  giveChunk,
  hide,
  invariant,
  Layout,
  LayoutError,
  type Memory,
  type MisuseCode,
  MisuseError,
  type Null,
  nullPointer,
  type Ptr,
  pages,
  requireLayout,
  rethrow,
  type SelfDescription,
} from "@alloc/core";

/** Bytes that a list takes from its parent, by default. */
const CHUNK = 65536;
const LEAST_BLOCKS = 64;
/** The root hands out multiples of it, so a block size gets no larger alignment unless asked for. */
const MOST_ALIGN = 4096;

export interface FreeListOptions {
  /**
   * How many blocks, an integer from 1. Default: as many as fill 64 KiB, and at least 64; fewer where the parent has no room for so
   * many.
   */
  readonly blocks?: number;
  /**
   * The alignment of every block, in bytes: a power of two. Default: the largest one that divides the block size, at
   * least 8 and at most 4096. The block size is rounded up to it.
   */
  readonly align?: number;
  /** Where the chunk comes from. Default: `pages()`. */
  readonly parent?: Allocator;
}

/** An allocator of blocks of one size. */
export interface FreeList
  extends Allocator,
    Pick<Capabilities, "owns" | "reset" | "resizeInPlace" | "sizeAt" | "check" | "blocks"> {
  /** Usable bytes of every block: what the factory was told, rounded up to the alignment. */
  readonly blockSize: number;
  /** How many blocks there are, live and free. */
  readonly capacity: number;
  readonly align: number;
}

/** What a list is made over. */
interface Chunk {
  readonly base: Ptr;
  /** What goes back to the parent. */
  readonly layout: Layout;
  readonly capacity: number;
  readonly links: Int16Array | Int32Array;
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

  constructor(parent: Allocator, { base, layout, capacity, links }: Chunk) {
    super(parent);
    this.parent = parent;
    this.memory = parent.memory;
    this.blockSize = layout.size / capacity;
    this.capacity = capacity;
    this.align = layout.align;
    hide(this, { base, links });
    this.clear();
  }

  override allocate(layout: Layout): Ptr | Null {
    const links = this.links;
    const block = links[0]!;
    if (block !== 0 && layout.size > 0 && layout.size <= this.blockSize && layout.align <= this.align) {
      links[0] = links[block]!;
      links[block] = -1;
      return (this.base + (block - 1) * this.blockSize) as Ptr;
    }
    return layout.size > 0 && layout.align > 0 ? 0 : this.allocateNothing(layout);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size > 0) {
      const links = this.links;
      const block = (ptr - this.base) / this.blockSize + 1;
      if (links[block] !== -1) throw this.misuse(ptr);
      links[block] = links[0]!;
      links[0] = block;
    } else requireLayout(layout, "deallocate");
  }

  override usableSize(layout: Layout): number {
    return layout.size === 0 || layout.size > this.blockSize || layout.align > this.align ? 0 : this.blockSize;
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
        () => `free list: a link names one of ${capacity} blocks or the end, got ${block}`,
      );
      invariant(++free <= capacity, () => "free list: the links end");
    }
    const live = links.subarray(1).filter((link) => link === -1).length;
    invariant(
      live + free === capacity,
      () => `free list: of ${capacity} blocks, ${live} live and ${free} free are all`,
    );
  }

  /** Visits each live block, and what is free between them. */
  blocks(visit: BlockVisitor): void {
    const { base, links, blockSize, capacity } = this;
    // Copied, since what is called may allocate.
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
  }

  /** Makes every block free. */
  clear(): void {
    const links = this.links;
    for (let block = 0; block < this.capacity; block++) links[block] = block + 1;
    links[this.capacity] = 0;
  }

  /** Returns the address of a block of no size; throws for what is no layout. */
  allocateNothing(layout: Layout): Ptr {
    requireLayout(layout, "allocate");
    return layout.dangling;
  }

  /** Finds out what is wrong with an address that is no live block. */
  misuse(ptr: Ptr): MisuseError {
    const list = `the free list of ${this.capacity} blocks of ${this.blockSize} bytes at ${this.base}`;
    if (!this.owns(ptr)) return new MisuseError("foreign-pointer", `${ptr} does not lie in ${list}`);
    const inside = (ptr - this.base) % this.blockSize;
    if (inside === 0) return new MisuseError("double-free", `the block at ${ptr} is not live in ${list}`);
    return new MisuseError("interior-pointer", `${ptr} lies ${inside} bytes inside a block of ${list}`);
  }
}

/**
 * Makes an allocator of blocks of one size. It takes one chunk from its parent when it is made and never more: when all
 * blocks are live, it returns NULL.
 *
 * Cost: O(1), but O(blocks) to make and to reset; 2 bytes of state per block, 4 from 32,768 blocks on. For a request larger
 * than a block, or of a larger alignment, it returns NULL.
 *
 * Source: the free list of the C programs of the 1960s; links outside the memory so that nothing can overwrite them.
 *
 * @param blockSize - bytes, an integer from 1
 * @throws `LayoutError` if the block size, the align or the number of blocks cannot be; `AllocError` if the parent has no
 *   room, and then nothing was taken
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
  if (block.size === 0) throw new LayoutError("size", "a free list needs blocks of at least 1 byte, got 0");
  if (options.blocks === 0) throw new LayoutError("count", "a free list needs at least 1 block, got 0");
  const parent = options.parent ?? pages();
  return new FreeListMachine(parent, take(parent, block, options.blocks));
}

/** Takes the chunk of a list from its parent, when all else that a list needs is there: so what throws has taken nothing. */
function take(parent: Allocator, block: Layout, wanted: number | undefined): Chunk {
  const most = Layout.array(block, wanted ?? Math.max(LEAST_BLOCKS, Math.floor(CHUNK / block.size)));
  // By default as many blocks as there is room for: first as the parent tells, then as it shows.
  let capacity = wanted ?? servable(parent, block, most.size / block.size);
  for (; capacity > 0; capacity -= Math.ceil(capacity / 8)) {
    const layout = Layout.array(block, capacity);
    const words = capacity < 2 ** 15 ? Int16Array : Int32Array;
    const links = parent.memory.words<Int16Array | Int32Array>(words, capacity + 1);
    const base = parent.allocate(layout);
    if (base !== 0) return { base, layout, capacity, links };
    if (wanted !== undefined) break;
  }
  throw new AllocError(most, ` for the ${most.size / block.size} blocks of a free list: the parent has no room`);
}

/** Returns the most blocks, up to a number, that a parent could ever serve in one chunk. O(log n). */
function servable(parent: Allocator, block: Layout, most: number): number {
  if (parent.usableSize(Layout.array(block, most)) !== 0) return most;
  let [low, high] = [0, most];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (parent.usableSize(Layout.array(block, middle)) !== 0) low = middle;
    else high = middle;
  }
  return low;
}
