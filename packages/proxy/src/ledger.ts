/**
 * Ledger: the live blocks of one allocator, by address.
 *
 *     65536   ──▶   #1   64 bytes, align 8   parse ← load ← main
 *     65664   ──▶   #2   40 bytes, align 8   parse ← load ← main
 *
 * It is apart from the allocator, since a scope may end after it.
 *
 * @module
 */
import type { Layout, Ptr } from "@alloc/core";
import type { LiveBlock } from "./block.ts";
import type { Stack } from "./stack.ts";

/** The ledgers with live blocks: what `leaks.check()` looks through. One without live blocks can be collected. */
export const inUse = /* @__PURE__ */ new Set<Ledger>();

interface Block {
  readonly ordinal: number;
  readonly stack: Stack;
  layout: Layout;
}

export class Ledger {
  readonly blocks = new Map<Ptr, Block>();
  ordinal = 0;

  add(ptr: Ptr, layout: Layout, stack: Stack): void {
    this.ordinal++;
    this.blocks.set(ptr, { ordinal: this.ordinal, stack, layout });
    if (this.blocks.size === 1) inUse.add(this);
  }

  /** Notes that a block lies at `next` now. One that is not known, since it is older than the ledger, stays so. */
  move(ptr: Ptr, next: Ptr, layout: Layout): void {
    const block = this.blocks.get(ptr);
    if (block === undefined) return;
    this.blocks.delete(ptr);
    block.layout = layout;
    this.blocks.set(next, block);
  }

  remove(ptr: Ptr): void {
    this.blocks.delete(ptr);
    if (this.blocks.size === 0) inUse.delete(this);
  }

  clear(): void {
    this.blocks.clear();
    inUse.delete(this);
  }

  /** Answers the blocks that came after the one of an ordinal. */
  since(ordinal: number): LiveBlock[] {
    const found = [...this.blocks].filter(([, block]) => block.ordinal > ordinal);
    const live = found.map(
      ([
        ptr,
        {
          ordinal,
          layout: { size, align },
          stack,
        },
      ]) => {
        return { ordinal, ptr, size, align, stack: stack.text };
      },
    );
    return live.sort((a, b) => a.ordinal - b.ordinal);
  }
}
