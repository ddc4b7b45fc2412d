/**
 * Forwarder: every method of an allocator, passed on unchanged to another one.
 *
 *     allocate, …, usableSize     ──▶  inner      same addresses, same results, same misuse
 *     owns, …, blocks             ──▶  inner      `withCapabilities` takes away what the inner allocator lacks
 *     reset                       ──▶  the children, with all that a reset ends
 *
 * Forwarding is written here and nowhere else: a wrapper extends this class and overrides what it changes. A test calls every
 * method that {@link METHODS} names, so that none is forgotten.
 *
 * The class is made on first use from a base that is passed in, because `Allocator` is still being defined when this module is
 * evaluated.
 *
 * @module
 */
import type { MisuseCode } from "../base/errors.ts";
import { hide } from "../base/hide.ts";
import type { Footprint } from "../chain/graph.ts";
import { resetAll } from "../chain/reset-all.ts";
import type { Memory } from "../memory/memory.ts";
import type { Layout } from "../values/layout.ts";
import type { Null, Ptr } from "../values/ptr.ts";
import type { Allocator } from "./allocator.ts";
import type { BlockVisitor } from "./blocks.ts";
import { CAPABILITIES, type Can, type Capabilities, type Capability } from "./capabilities.ts";

/** The methods with which programs use an allocator. Those that describe it, end it or build on these are not among them. */
export const METHODS = [
  "allocate",
  "allocateZeroed",
  "grow",
  "growZeroed",
  "shrink",
  "deallocate",
  "usableSize",
  "footprint",
  ...CAPABILITIES,
] as const;

/** An allocator that forwards every call to another one. */
export interface Forwarding extends Allocator, Capabilities {
  /** The allocator that is called. Typed with all capabilities: what it lacks, the forwarder must lack too. */
  readonly inner: Can<Capability>;
  // Abstract in an allocator, and not in a forwarder.
  readonly memory: Memory;
  allocate(layout: Layout): Ptr | Null;
  deallocate(ptr: Ptr, layout: Layout): void;
}

/** What the type of a wrapper of an `A` adds to its capabilities: `type Counted<A> = Can<CapabilitiesOf<A>> & Wrapping<A>`. */
export interface Wrapping<A extends Allocator> {
  /** The allocator that serves its requests. */
  readonly inner: A;
  /** The memory that holds the blocks. */
  readonly memory: A["memory"];
}

/** The class of {@link Forwarding} allocators. */
export type ForwarderClass = abstract new (inner?: Allocator) => Forwarding;

let made: ForwarderClass | undefined;

/** Returns the class: the same one each time. */
export function forwarderOf(Base: typeof Allocator): ForwarderClass {
  made ??= define(Base);
  return made;
}

function define(Base: typeof Allocator): ForwarderClass {
  abstract class Forwarder extends Base {
    override readonly memory!: Memory;
    override readonly detects!: readonly MisuseCode[];
    override readonly isExact!: boolean;
    readonly inner!: Can<Capability>;

    constructor(inner?: Allocator) {
      super(undefined, inner && [inner]);
      if (inner === undefined) return;
      this.memory = inner.memory;
      this.detects = inner.detects;
      this.isExact = inner.isExact;
      // Not enumerable: it stands in `children` too, and what compares chains would look at each child twice.
      hide(this, { inner });
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
    override footprint(): Footprint {
      return this.inner.footprint();
    }
  }
  return Forwarder;
}
