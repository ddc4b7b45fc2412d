/**
 * A parent that throws at the n-th call from when it is armed, and what it throws.
 *
 * @module
 */
import { Allocator, type Layout, NULL, type Pages, type Ptr } from "@alloc/core";

/** What the parent throws, and drops. */
export class Trouble extends Error {
  override readonly name = "Trouble";
}

/** Whether an error is trouble, or what could not be undone because of it. */
export function isTrouble(error: unknown): boolean {
  return error instanceof AggregateError ? error.errors.some(isTrouble) : error instanceof Trouble;
}

/** An allocator that hands on every call to a root, and throws instead when it is told to. */
export class TroubledParent {
  readonly root: Pages;
  readonly allocator: Allocator;
  /** Its live blocks. */
  readonly live = new Map<Ptr, Layout>();
  /** Those that it was given back, and threw. Who gave one back may do it again, or forget it. */
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

  /** Gives the root what it was not given since this threw, and returns what is live all the same, in bytes. */
  settle(): number {
    for (const ptr of this.refused) if (this.live.has(ptr)) this.root.deallocate(ptr, this.live.get(ptr)!);
    for (const ptr of this.refused) this.live.delete(ptr);
    this.refused.clear();
    return [...this.live.values()].reduce((sum, { size }) => sum + size, 0);
  }
}
