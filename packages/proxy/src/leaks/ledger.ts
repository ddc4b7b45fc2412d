/**
 * Ledger: the live blocks of one allocator, by address.
 *
 *     65536   ──▶   #1   64 bytes, align 8   parse ← load ← main
 *     65664   ──▶   #2   40 bytes, align 8   parse ← load ← main
 *
 * It is separate from the allocator, because a scope may outlive it. Ledgers with live blocks are registered once per realm, so
 * `leaks.check()` finds the heaps of every copy of this package.
 *
 * @module
 */
import type { Allocator, Layout, Ptr } from "@alloc/core";
import { endsAsOne, LeafEpochs } from "@alloc/core/author";
import type { LiveBlock } from "../block.ts";
import { framesOf, type Stack } from "../stack.ts";

/** A registered ledger. Copies of this package with the same version in the key know it only by this interface. */
interface Listed {
  /** Returns the live blocks with a higher ordinal. */
  since(ordinal: number): readonly LiveBlock[];
}

const KEY = Symbol.for("@alloc/proxy:leaks:1");

/** The ledgers of this realm that have live blocks. One without can be collected. */
export function ledgersInUse(): Set<Listed> {
  const home = globalThis as { [KEY]?: Set<Listed> };
  home[KEY] ??= new Set();
  return home[KEY];
}

interface Block {
  readonly ordinal: number;
  readonly stack: Stack;
  layout: Layout;
}

export class Ledger implements Listed {
  readonly inner: Allocator;
  /** The name of the heap, for reports. */
  readonly name: string | undefined;
  epoch: number;
  /** Those of the leaves of the inner allocator. */
  readonly leaves: LeafEpochs;
  readonly blocks = new Map<Ptr, Block>();
  ordinal = 0;

  constructor(inner: Allocator, name: string | undefined) {
    this.inner = inner;
    this.name = name;
    this.epoch = inner.epoch;
    this.leaves = new LeafEpochs(inner);
  }

  /** Returns the block at an address, if it is known. */
  at(ptr: Ptr): Block | undefined {
    this.refresh();
    return this.blocks.get(ptr);
  }

  add(ptr: Ptr, layout: Layout, stack: Stack): void {
    this.refresh();
    this.ordinal++;
    this.blocks.set(ptr, { ordinal: this.ordinal, stack, layout });
    if (this.blocks.size === 1) ledgersInUse().add(this);
  }

  /** Records that a block now lies at `next`. A block older than the ledger stays unknown. */
  move(block: Block | undefined, ptr: Ptr, next: Ptr, layout: Layout): void {
    this.refresh();
    if (block === undefined || this.blocks.get(ptr) !== block) return;
    this.blocks.delete(ptr);
    block.layout = layout;
    this.blocks.set(next, block);
  }

  /** Records the release of a block, unless another one has taken its address meanwhile. */
  remove(block: Block | undefined, ptr: Ptr): void {
    if (block !== undefined && this.blocks.get(ptr) === block) this.forget(ptr);
  }

  forget(ptr: Ptr): void {
    this.blocks.delete(ptr);
    if (this.blocks.size === 0) ledgersInUse().delete(this);
  }

  clear(): void {
    this.epoch = this.inner.epoch;
    this.blocks.clear();
    ledgersInUse().delete(this);
  }

  /** Clears the ledger if the inner allocator ended its blocks without a call here: it was lent, or its parent was disposed. */
  refresh(): void {
    if (this.epoch === this.inner.epoch) return;
    this.epoch = this.inner.epoch;
    const hasEnded = this.leaves.ended(false);
    if (endsAsOne(this.inner)) this.clear();
    else for (const ptr of this.blocks.keys()) if (hasEnded(ptr)) this.forget(ptr);
  }

  /** Returns the requested bytes of the live blocks. */
  bytes(): number {
    this.refresh();
    let sum = 0;
    for (const { layout } of this.blocks.values()) sum += layout.size;
    return sum;
  }

  since(ordinal: number): LiveBlock[] {
    this.refresh();
    const live: LiveBlock[] = [];
    const heap = this.name === undefined ? undefined : { heap: this.name };
    for (const [ptr, block] of this.blocks) {
      if (block.ordinal <= ordinal) continue;
      const { size, align } = block.layout;
      live.push({ ordinal: block.ordinal, ptr, size, align, stack: framesOf(block.stack), ...heap });
    }
    return live.sort((a, b) => a.ordinal - b.ordinal);
  }
}
