/**
 * Stand: a parent that the kit makes for the allocator under test.
 *
 *     allocator ──parent──▶ stand ──lent──▶ pages(a buffer of the kit)
 *                           refuses the n-th call; can be reset and disposed before the allocator
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type Capability,
  can,
  type Layout,
  Memory,
  type Null,
  type Pages,
  type Ptr,
  pages,
} from "@alloc/core";
import { Forwarder, withCapabilities } from "@alloc/core/author";
import { Refusal } from "./refusal.ts";

/**
 * Bytes of a memory of the kit. Its end is a multiple of 8 only: an allocator that rounds it up hands out bytes that do not
 * exist.
 */
const BYTES = 2 ** 21 - 24;

/** Makes a root over a new buffer. */
export function newRoot(): Pages {
  return pages(Memory.over(new ArrayBuffer(BYTES)));
}

/** A parent whose n-th call throws. Only calls that change state count. */
export class Stand extends Forwarder {
  /** Number of calls until one is refused, counting that one; Infinity for never. */
  left = Number.POSITIVE_INFINITY;
  /** The method that refused, if any. */
  refused: string | undefined;
  /** Usable size of the block whose release was refused, in bytes. */
  notTaken = 0;

  /** Makes a stand over a root, which it does not own. */
  static over(root: Allocator): Stand {
    const lent = root.byRef() as Allocator as Can<Capability>;
    const Machine = withCapabilities(
      Stand,
      (capability) => capability === "reset" || can<Allocator, Capability>(lent, capability),
    );
    return new Machine(lent);
  }

  override allocate(layout: Layout): Ptr | Null {
    this.pass("allocate");
    return super.allocate(layout);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    this.pass("allocateZeroed");
    return super.allocateZeroed(layout);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    this.pass("grow");
    return super.grow(ptr, from, to);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    this.pass("growZeroed");
    return super.growZeroed(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    this.pass("shrink");
    return super.shrink(ptr, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (this.left === 1) this.notTaken = this.inner.usableSize(layout);
    this.pass("deallocate");
    super.deallocate(ptr, layout);
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    this.pass("resizeInPlace");
    return super.resizeInPlace(ptr, from, to);
  }

  /** Counts a call and refuses it if its turn has come. */
  pass(call: string): void {
    this.left--;
    if (this.left !== 0) return;
    this.refused = call;
    throw new Refusal(`parent.${call}`);
  }
}
