/**
 * A parent that throws at the n-th call after it is armed, and the errors it throws.
 *
 * @module
 */
import { Allocator, type Layout, NULL, type Pages, type Ptr } from "@alloc/core";

/** The error thrown by the parent and by drops. */
export class Trouble extends Error {
  override readonly name = "Trouble";
}

/** Returns whether an error is a `Trouble`, or the failure to undo something because of one. */
export function isTrouble(error: unknown): boolean {
  return error instanceof AggregateError ? error.errors.some(isTrouble) : error instanceof Trouble;
}

/** An allocator that forwards every call to a root, or throws instead when told to. */
export class TroubledParent {
  readonly root: Pages;
  readonly allocator: Allocator;
  /** Its live blocks. */
  readonly live = new Map<Ptr, Layout>();
  /** Blocks given back in a call that threw. The caller may give one back again, or forget it. */
  readonly refused = new Set<Ptr>();
  /** Calls until it throws; −1 if it does not. */
  left = -1;

  constructor(root: Pages) {
    this.root = root;
    this.allocator = Allocator.from({
      memory: root.memory,
      allocate: (layout) => {
        const ptr = this.call("allocate", () => root.allocate(layout));
        if (ptr !== NULL) this.live.set(ptr, layout);
        return ptr;
      },
      deallocate: (ptr, layout) => {
        if (this.left === 0) this.refused.add(ptr);
        this.call("deallocate", () => root.deallocate(ptr, layout));
        this.live.delete(ptr);
      },
      usableSize: (layout) => this.call("usableSize", () => root.usableSize(layout)),
      owns: (ptr: Ptr) => this.call("owns", () => root.owns(ptr)),
      resizeInPlace: (ptr: Ptr, from: Layout, to: Layout) => {
        const isResized = this.call("resizeInPlace", () => root.resizeInPlace(ptr, from, to));
        if (isResized) this.live.set(ptr, to);
        return isResized;
      },
    });
  }

  call<T>(name: string, call: () => T): T {
    if (this.left-- === 0) throw new Trouble(`the parent, in ${name}`);
    if (this.left < -1) this.left = -1;
    return call();
  }

  /** Gives the root the blocks whose release threw, and returns the bytes that are still live. */
  settle(): number {
    for (const ptr of this.refused) if (this.live.has(ptr)) this.root.deallocate(ptr, this.live.get(ptr)!);
    for (const ptr of this.refused) this.live.delete(ptr);
    this.refused.clear();
    return [...this.live.values()].reduce((sum, { size }) => sum + size, 0);
  }
}
