/**
 * Stand: a parent that the kit makes for the allocator that it tries.
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
  withCapabilities,
} from "@alloc/core";
import { Wrapper } from "../wrapper.ts";
import { Refusal } from "./refusal.ts";

/** Bytes of a memory of the kit. Its end is a multiple of 8 alone: who rounds it up hands out what is not there. */
const BYTES = 2 ** 21 - 24;

/** Makes a root over a new buffer. */
export function newRoot(): Pages {
  return pages(Memory.over(new ArrayBuffer(BYTES)));
}

/** A parent whose n-th call throws. Counted are the calls that change something. */
export class Stand extends Wrapper {
  /** How many calls may still be made until one is refused; none is where this is Infinity. */
  left = Number.POSITIVE_INFINITY;
  /** The method that refused, once one has. */
  refused: string | undefined;
  /** Bytes of the block that it did not take back, if that was refused. */
  notTaken = 0;

  /** Makes one over a root, which lives on. */
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

  /** Counts a call, and refuses it if it is the one. */
  pass(call: string): void {
    this.left--;
    if (this.left !== 0) return;
    this.refused = call;
    throw new Refusal(`parent.${call}`);
  }
}
