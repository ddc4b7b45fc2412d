/**
 * Wrapper: base of allocators that forward every call to an inner one; subclasses override single methods.
 *
 *     every call   ──▶  inner       same addresses, same results, same misuse
 *
 * @module
 */
import {
  Allocator,
  type BlockVisitor,
  type Can,
  type Capability,
  type Layout,
  type Memory,
  type MisuseCode,
  type Null,
  type Ptr,
  resetAll,
} from "@alloc/core";

export abstract class Wrapper extends Allocator {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[];
  override readonly isExact: boolean;
  /** Typed with all capabilities; the wrapper lacks those that the inner allocator lacks (`withCapabilities`). */
  readonly inner: Can<Capability>;

  constructor(inner: Can<Capability>) {
    super(undefined, [inner]);
    this.memory = inner.memory;
    this.detects = inner.detects;
    this.isExact = inner.isExact;
    this.inner = inner;
  }

  override allocate(layout: Layout): Ptr | Null {
    return this.inner.allocate(layout);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    return this.inner.allocateZeroed(layout);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.inner.grow(ptr, from, to);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.inner.growZeroed(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.inner.shrink(ptr, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    this.inner.deallocate(ptr, layout);
  }

  override usableSize(layout: Layout): number {
    return this.inner.usableSize(layout);
  }

  owns(ptr: Ptr): boolean {
    return this.inner.owns(ptr);
  }

  reset(): void {
    resetAll(this);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    return this.inner.resizeInPlace(ptr, from, to);
  }

  defer(drop: () => void): void {
    this.inner.defer(drop);
  }

  sizeAt(ptr: Ptr): number {
    return this.inner.sizeAt(ptr);
  }

  check(): void {
    this.inner.check();
  }

  trim(): void {
    this.inner.trim();
  }

  blocks(visit: BlockVisitor): void {
    this.inner.blocks(visit);
  }
}
