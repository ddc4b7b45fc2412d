/**
 * Wrapper: an allocator that is another one, but for the methods that a subclass overrides.
 *
 *     every call   ──▶  inner       the same addresses, the same answers, the same misuse
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
  /** With all capabilities to the compiler: what it lacks, the wrapper lacks too (`withCapabilities`). */
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
