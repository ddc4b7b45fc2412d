/**
 * System: the shared heap of this realm.
 *
 * It is made on first use. Copies of this package find the same heap.
 *
 * @module
 */
import {
  Allocator,
  type BlockVisitor,
  type Footprint,
  hide,
  type Layout,
  type Lent,
  type Memory,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import { type SystemHeap, system } from "../system.ts";
import { realm } from "./realm.ts";

class Door extends Allocator implements Lent<SystemHeap> {
  override readonly isExact = true;
  heap!: SystemHeap | undefined;

  constructor() {
    super();
    hide(this, { heap: undefined });
    Object.defineProperties(this, {
      children: { get: () => [this.open()] },
      epoch: { get: () => realm().system?.epoch ?? 0 },
    });
  }

  override get isLent(): boolean {
    return true;
  }

  get memory(): Memory {
    return this.open().memory;
  }

  override allocate(layout: Layout): Ptr | Null {
    return (this.heap ?? this.open()).allocate(layout);
  }
  override allocateZeroed(layout: Layout): Ptr | Null {
    return (this.heap ?? this.open()).allocateZeroed(layout);
  }
  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return (this.heap ?? this.open()).grow(ptr, from, to);
  }
  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return (this.heap ?? this.open()).growZeroed(ptr, from, to);
  }
  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return (this.heap ?? this.open()).shrink(ptr, from, to);
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    (this.heap ?? this.open()).deallocate(ptr, layout);
  }
  override usableSize(layout: Layout): number {
    return this.open().usableSize(layout);
  }
  owns(ptr: Ptr): boolean {
    return this.open().owns(ptr);
  }
  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    return this.open().resizeInPlace(ptr, from, to);
  }
  sizeAt(ptr: Ptr): number {
    return this.open().sizeAt(ptr);
  }
  check(): void {
    this.open().check();
  }
  trim(): void {
    this.open().trim();
  }
  blocks(visit: BlockVisitor): void {
    this.open().blocks(visit);
  }
  override footprint(): Footprint {
    return this.open().footprint();
  }
  override describeSelf(): SelfDescription {
    return { kind: "System", options: {}, state: {} };
  }
  /** Returns itself: disposing a chain does not end it. */
  override byRef(): Lent<this> {
    return this as unknown as Lent<this>;
  }

  /** Returns the heap if there is one. Printing does not create the memory. */
  override toJSON(): object {
    return realm().system === undefined ? { nodes: [], root: 0 } : super.toJSON();
  }
  override toString(): string {
    return "System";
  }

  override dispose(): void {}

  open(): SystemHeap {
    const home = realm();
    home.system ??= system();
    this.heap = home.system;
    return this.heap;
  }
}

/**
 * The shared general-purpose heap of this realm, over `defaultMemory()`. It cannot be reset, and `dispose` does nothing.
 *
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { System } from "@alloc/global";
 *
 * const layout = Layout.of(24);
 * const ptr = orThrow(System.allocate(layout), layout);
 * System.deallocate(ptr, layout);
 * ```
 */
export const System: Lent<SystemHeap> = /* @__PURE__ */ new Door();
