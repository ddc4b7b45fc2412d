/**
 * Members of a chain, for tests of their relations: a leaf with a given footprint, and a combinator that asks its first child.
 *
 * @module
 */
import { Allocator, type Footprint, type Layout, Memory, type Null, type Ptr, type SelfDescription } from "@alloc/core";

const MEMORY = Memory.over(new ArrayBuffer(65536));

/** A leaf that logs its end, with a given footprint. */
export class Leaf extends Allocator {
  override readonly memory = MEMORY;
  readonly name: string;
  readonly disposed: string[];
  said: Footprint = { held: NaN, bookkeeping: NaN, peak: NaN };

  constructor(name: string, parent?: Allocator, disposed: string[] = []) {
    super(parent);
    this.name = name;
    this.disposed = disposed;
  }

  override allocate(layout: Layout): Ptr | Null {
    return layout.size === 0 ? layout.dangling : (64 as Ptr);
  }
  override deallocate(): void {}
  owns(): boolean {
    return true;
  }
  override footprint(): Footprint {
    return this.said;
  }
  override describeSelf(): SelfDescription {
    return { kind: this.name, options: {}, state: { words: new Int32Array(1) } };
  }
  override close(): void {
    this.disposed.push(this.name);
  }

  /** Sets its held bytes, its bookkeeping, and the peak of both. */
  says(held: number, bookkeeping: number, peak = held + bookkeeping): this {
    this.said = { held, bookkeeping, peak };
    return this;
  }
}

/** A combinator of any number of children. */
export class Pair extends Allocator {
  override readonly memory = MEMORY;

  constructor(...children: Allocator[]) {
    super(undefined, children);
  }

  override allocate(layout: Layout): Ptr | Null {
    return this.children[0]!.allocate(layout);
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    this.children[0]!.deallocate(ptr, layout);
  }
  override describeSelf(): SelfDescription {
    return { kind: "pair", options: {}, state: {} };
  }
}
