/**
 * An allocator that stands for another object.
 *
 *     Allocator.from(parts)   ──▶  a plain object, or an instance of a class that does not know this package
 *     allocator.byRef()       ──▶  an allocator that the chain must not own
 *
 * Parts are called as methods of their object, so they may use `this`. Missing ones are provided as for any allocator. Size 0,
 * NULL and invalid layouts never reach them.
 *
 * The classes are made on first use from a base that is passed in, because `Allocator` is still being defined when this module is
 * evaluated.
 *
 * @module
 */
import { requireFlag, requireParts } from "../base/arguments.ts";
import { attempt, rethrow } from "../base/attempt.ts";
import { ArgumentError, type MisuseCode, nullPointer, requireLayout, requireLayouts, shown } from "../base/errors.ts";
import { hide } from "../base/hide.ts";
import type { Footprint, SelfDescription } from "../chain/graph.ts";
import { withName } from "../chain/names.ts";
import { requireLive } from "../chain/retire.ts";
import type { Memory } from "../memory/memory.ts";
import type { SharedIn } from "../memory/shared.ts";
import type { Layout } from "../values/layout.ts";
import type { Null, Ptr } from "../values/ptr.ts";
import type { Allocator } from "./allocator.ts";
import type { BlockVisitor } from "./blocks.ts";
import {
  CAPABILITIES,
  type Can,
  type Capabilities,
  type CapabilitiesOf,
  type Capability,
  can,
  withCapabilities,
} from "./capabilities.ts";
import { forwarderOf } from "./forwarder.ts";

/** The argument of {@link Allocator.from}: three required parts, and any other method of an allocator. */
export type AllocatorParts = {
  /** The memory that its addresses are offsets in. */
  readonly memory: Memory;
  /** See {@link Allocator.allocate}; never called with size 0. */
  allocate(layout: Layout): Ptr | Null;
  /** See {@link Allocator.deallocate}; never called with size 0. */
  deallocate(ptr: Ptr, layout: Layout): void;
  /** The allocator whose blocks these are, if any: the two must not be combined, and the parent's end ends this one. */
  readonly parent?: Allocator | undefined;
  /** See {@link Allocator.detects}. Default: none. */
  readonly detects?: readonly MisuseCode[];
  /** See {@link Allocator.isExact}. Default: `false`. */
  readonly isExact?: boolean;
  /** 1 to 40 printable characters: see `find`. */
  readonly name?: string | undefined;
} & Partial<
  Pick<
    Allocator,
    "allocateZeroed" | "grow" | "growZeroed" | "shrink" | "usableSize" | "footprint" | "describeSelf" | "dispose"
  > &
    Capabilities
>;

/** The allocator that `Allocator.from` makes of parts of type `P`: it has the capabilities that the parts are known to have. */
export type From<P extends AllocatorParts> = SharedIn<
  P["memory"],
  [CapabilityIn<P>] extends [never] ? Allocator : Can<CapabilityIn<P>>
>;

/** The capabilities of parts. One that may be undefined is not known to be there. */
type CapabilityIn<P> = {
  [C in keyof P & Capability]-?: undefined extends P[C] ? never : C;
}[keyof P & Capability];

/** An `A` without `reset`, which a borrower does not dispose. */
export type Lent<A extends Allocator> = Can<Exclude<CapabilitiesOf<A>, "reset">> & Pick<A, "memory">;

/** Further methods that parts may have. */
const OPTIONAL_PARTS = [
  ...["allocateZeroed", "grow", "growZeroed", "shrink", "usableSize", "footprint", "describeSelf", "dispose"],
  ...CAPABILITIES,
];

type Base = typeof Allocator;
let classes: ReturnType<typeof define> | undefined;

export function assemble<P extends AllocatorParts>(Base: Base, parts: P): From<P> {
  requireParts("Allocator.from", parts, ["memory", "allocate", "deallocate"], OPTIONAL_PARTS);
  requireFlag("Allocator.from({ isExact: true })", "isExact", parts.isExact);
  if (parts.detects !== undefined && !Array.isArray(parts.detects)) {
    throw new ArgumentError(`Allocator.from expects an array as detects, got ${shown(parts.detects)}`);
  }
  if (parts.parent !== undefined) requireLive(parts.parent);
  classes ??= define(Base);
  const Machine = withCapabilities(classes.Assembled, (capability) => parts[capability] !== undefined);
  return withName({ name: parts.name }, () => new Machine(parts as AllocatorParts & Capabilities)) as never;
}

export function lend<A extends Allocator>(Base: Base, inner: A): Lent<A> {
  classes ??= define(Base);
  const Machine = withCapabilities(
    classes.Borrowed,
    (capability) => capability !== "reset" && can<Allocator, Capability>(inner, capability),
  );
  return new Machine(inner) as unknown as Lent<A>;
}

function define(Base: Base) {
  class Assembled extends Base {
    override readonly memory: Memory;
    override readonly detects: readonly MisuseCode[];
    override readonly isExact: boolean;
    readonly parts!: AllocatorParts & Capabilities;

    constructor(parts: AllocatorParts & Capabilities) {
      super(parts.parent);
      this.memory = parts.memory;
      this.detects = parts.detects ?? [];
      this.isExact = parts.isExact ?? false;
      hide(this, { parts });
    }

    override allocate(layout: Layout): Ptr | Null {
      return layout != null && isSize(layout.size) && layout.align > 0
        ? this.parts.allocate(layout)
        : this.expectLayout(layout, "allocate").dangling;
    }
    override allocateZeroed(layout: Layout): Ptr | Null {
      const { parts } = this;
      return layout != null && isSize(layout.size) && layout.align > 0 && parts.allocateZeroed
        ? parts.allocateZeroed(layout)
        : super.allocateZeroed(layout);
    }
    override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
      const { parts } = this;
      if (!parts.grow || ptr === 0 || !arePlain(from, to)) return super.grow(ptr, from, to);
      return parts.grow(ptr, from, to);
    }
    override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
      const { parts } = this;
      if (!parts.growZeroed || ptr === 0 || !arePlain(from, to)) return super.growZeroed(ptr, from, to);
      return parts.growZeroed(ptr, from, to);
    }
    override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
      const { parts } = this;
      if (!parts.shrink || ptr === 0 || !arePlain(from, to)) return super.shrink(ptr, from, to);
      return parts.shrink(ptr, from, to);
    }
    override deallocate(ptr: Ptr, layout: Layout): void {
      if (layout != null && isSize(layout.size) && layout.align > 0 && ptr !== 0) this.parts.deallocate(ptr, layout);
      else this.releaseNothing(layout);
    }
    override usableSize(layout: Layout): number {
      const { parts } = this;
      requireLayout(layout, "usableSize");
      return layout.size !== 0 && parts.usableSize ? parts.usableSize(layout) : layout.size;
    }
    owns(ptr: Ptr): boolean {
      return this.parts.owns(ptr);
    }
    reset(): void {
      const errors: unknown[] = [];
      this.endTenants(errors);
      attempt(errors, () => this.parts.reset());
      this.epochChanged();
      rethrow(errors);
    }
    resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
      if (ptr === 0 || !arePlain(from, to)) return this.resizeNothing(ptr, from, to);
      return this.parts.resizeInPlace(ptr, from, to);
    }
    defer(drop: () => void): void {
      this.parts.defer(drop);
    }
    sizeAt(ptr: Ptr): number {
      return ptr === 0 ? this.sizeOfNothing() : this.parts.sizeAt(ptr);
    }
    check(): void {
      this.parts.check();
    }
    trim(): void {
      this.parts.trim();
    }
    blocks(visit: BlockVisitor): void {
      this.parts.blocks(visit);
    }
    override footprint(): Footprint {
      return this.parts.footprint?.() ?? super.footprint();
    }
    override describeSelf(): SelfDescription {
      return this.parts.describeSelf?.() ?? super.describeSelf();
    }
    override close(): void {
      this.parts.dispose?.();
    }

    releaseNothing(layout: Layout): void {
      requireLayout(layout, "deallocate");
      if (layout.size !== 0) throw nullPointer("deallocate");
    }

    sizeOfNothing(): never {
      throw nullPointer("sizeAt");
    }

    resizeNothing(ptr: Ptr, from: Layout, to: Layout): false {
      requireLayouts(from, to, "resizeInPlace");
      if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
      return false;
    }
  }

  class Borrowed extends forwarderOf(Base) {
    override get isLent(): boolean {
      return true;
    }
    override describeSelf(): SelfDescription {
      return { kind: "byRef", options: {}, state: {} };
    }
    override dispose(): void {}
  }

  return { Assembled, Borrowed };
}

/** Whether both are layouts of a block. */
function arePlain(from: Layout, to: Layout): boolean {
  return isSize(from?.size) && isSize(to?.size) && from.align > 0 && to.align > 0;
}

/** Whether this is a whole number of bytes from 1. */
function isSize(size: number): boolean {
  return size >>> 0 === size && size !== 0;
}
