/**
 * System: the shared heap of this realm.
 *
 * It is made on first use. Copies of this package find the same heap.
 *
 * @module
 */
import type { Allocator, Layout, Lent, Memory, Null, Ptr, SelfDescription } from "@alloc/core";
import { Forwarder, hide, withCapabilities } from "@alloc/core/author";
import { type SystemHeap, system } from "../system.ts";
import { registry } from "./realm.ts";

class Door extends Forwarder {
  override readonly isExact: boolean = true;
  heap!: SystemHeap | undefined;

  constructor() {
    super();
    hide(this, { heap: undefined });
    Object.defineProperties(this, {
      children: { get: () => [this.open()] },
      epoch: { get: () => registry().system?.epoch ?? 0 },
    });
  }

  override get isLent(): boolean {
    return true;
  }
  override get memory(): Memory {
    return this.open().memory;
  }
  override get inner(): Forwarder["inner"] {
    return (this.heap ?? this.open()) as Forwarder["inner"];
  }

  // As in the base class, without the getter: engines limit the code inlined into a loop.
  override allocate(layout: Layout): Ptr | Null {
    return (this.heap ?? this.open()).allocate(layout);
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    (this.heap ?? this.open()).deallocate(ptr, layout);
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
    return registry().system === undefined ? { nodes: [], root: 0 } : super.toJSON();
  }
  override toString(): string {
    return "System";
  }

  override dispose(): void {}

  open(): SystemHeap {
    const home = registry();
    home.system ??= system();
    this.heap = home.system;
    return this.heap;
  }
}

/** Makes the door. It cannot be reset, and defers nothing. */
function makeDoor(): Lent<SystemHeap> {
  const Class = withCapabilities(Door, (capability) => capability !== "reset" && capability !== "defer");
  return new Class() as Allocator as Lent<SystemHeap>;
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
export const System: Lent<SystemHeap> = /* @__PURE__ */ makeDoor();
