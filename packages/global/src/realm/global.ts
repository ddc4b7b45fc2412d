/**
 * Global: the allocator of the realm.
 *
 *     Global.allocate(layout) ── size 0 ──▶ layout.dangling
 *                             └─ else ────▶ the newest override · the registered allocator · System
 *
 * It has no state of its own, so every copy of it is the same allocator.
 *
 * @module
 */
import {
  Allocator,
  type ArrayBlock,
  type ArrayType,
  type ArrayView,
  type Footprint,
  type Layout,
  type Lent,
  type Memory,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import { BRAND } from "./accept.ts";
import { current, peek } from "./register.ts";

class GlobalMachine extends Allocator {
  constructor() {
    super();
    Object.defineProperties(this, {
      detects: { get: () => peek().detects },
      children: { get: () => [peek()] },
      epoch: { get: () => peek().epoch },
      [BRAND]: { value: true },
    });
  }

  override get isLent(): boolean {
    return true;
  }

  get memory(): Memory {
    return current().memory;
  }

  override allocate(layout: Layout): Ptr | Null {
    return layout != null && layout.size === 0
      ? this.expectLayout(layout, "allocate").dangling
      : current().allocate(layout);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    return layout != null && layout.size === 0
      ? this.expectLayout(layout, "allocateZeroed").dangling
      : current().allocateZeroed(layout);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return from?.size === 0 ? this.allocate(to) : current().grow(ptr, from, to);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return from?.size === 0 ? this.allocateZeroed(to) : current().growZeroed(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (to?.size !== 0) return current().shrink(ptr, from, to);
    this.deallocate(ptr, from);
    return this.expectLayout(to, "shrink").dangling;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout == null || layout.size !== 0) current().deallocate(ptr, layout);
  }

  override usableSize(layout: Layout): number {
    return layout != null && layout.size === 0 ? 0 : current().usableSize(layout);
  }

  /** Returns an array of the allocator that is registered now: its block goes back there even after an override has ended. */
  override array<V extends ArrayView>(Type: ArrayType<V>, length: number): ArrayBlock<V> {
    return current().array(Type, length);
  }

  override footprint(): Footprint {
    return peek().footprint();
  }

  /** Returns itself: it cannot be reset, and disposing a chain does not end it. */
  override byRef(): Lent<this> {
    return this as unknown as Lent<this>;
  }

  /** Returns its name. Printing does not create the memory. */
  override toString(): string {
    return "Global";
  }

  override describeSelf(): SelfDescription {
    return { kind: "Global", options: {}, state: {} };
  }

  override dispose(): void {}
}

/**
 * The global allocator of this realm. It forwards to the allocator that {@link setGlobalAllocator} registered, by default to
 * {@link System}. Size 0 is handled here and not forwarded. It has no capabilities, and `dispose` does nothing.
 *
 * Its `memory` is the registered allocator's: build chains that contain Global after the registration.
 *
 * Cost: one extra call. No state.
 *
 * Source: `std::alloc::Global` of Rust.
 *
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { Global } from "@alloc/global";
 *
 * const layout = Layout.of(24);
 * const ptr = orThrow(Global.allocate(layout), layout);
 * Global.deallocate(ptr, layout);
 * Global.allocate(Layout.of(0, 64)); // => 4294967232
 * ```
 */
export const Global: Allocator = /* @__PURE__ */ new GlobalMachine();
