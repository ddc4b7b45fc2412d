/**
 * Wrapper: the calls that a combinator with one child passes on unchanged.
 *
 *     owns, reset, defer, sizeAt, check, trim, blocks   ───▶  inner
 *     every method that takes a layout                  ───▶  written by the subclass
 *
 * A subclass declares the capabilities of its instances (`withCapabilities`), usually those of the child.
 *
 * @module
 */
import { Allocator, type BlockVisitor, hide, type Memory, type MisuseCode, type Ptr, resetAll } from "@alloc/core";
import type { Child } from "../composable.ts";

export abstract class Wrapper extends Allocator {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[];
  readonly inner!: Child;

  constructor(inner: Child) {
    super(undefined, [inner]);
    this.memory = inner.memory;
    this.detects = inner.detects;
    // Not enumerable: it stands in `children` too, and what compares chains would look at each child twice.
    hide(this, { inner });
  }

  owns(ptr: Ptr): boolean {
    return this.inner.owns(ptr);
  }

  reset(): void {
    resetAll(this);
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
