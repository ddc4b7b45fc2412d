/**
 * Tools for authors of allocators. Programs that only use allocators need none of them.
 *
 * @module
 */
import { Allocator } from "./allocator.ts";
import { type ForwarderClass, type Forwarding, forwarderOf } from "./forwarder.ts";

/**
 * An allocator that forwards every call to another one, which it owns. Base of wrappers: extend it, and override what changes.
 * A subclass that passes no allocator to `super` defines `inner` and `memory` itself.
 *
 * @example
 * ```ts
 * import { type Allocator, can, type Layout, pages } from "@alloc/core";
 * import { Forwarder, withCapabilities } from "@alloc/core/author";
 *
 * class Counter extends Forwarder {
 *   requests = 0;
 *   override allocate(layout: Layout) {
 *     this.requests++;
 *     return this.inner.allocate(layout);
 *   }
 * }
 *
 * function counter(inner: Allocator) {
 *   const Class = withCapabilities(Counter, (capability) => can(inner, capability));
 *   return new Class(inner);
 * }
 * counter(pages()).requests; // => 0
 * ```
 */
export const Forwarder: ForwarderClass = /* @__PURE__ */ forwarderOf(Allocator);
/** An instance of the class {@link Forwarder}. */
export type Forwarder = Forwarding;
export { requireAllocator, requireFlag, requireFunction, requireMemory, requireOptions } from "./arguments.ts";
export { attempt, rethrow } from "./attempt.ts";
export { blocksOf } from "./blocks.ts";
export { CAPABILITIES, withCapabilities } from "./capabilities.ts";
export { invariant, isAllocator, NO_LAYOUT, nullPointer, requireLayout, requireLayouts, shown } from "./errors.ts";
export { METHODS, type Wrapping } from "./forwarder.ts";
export { ancestorsOf, endsAsOne, leavesOf } from "./graph.ts";
export { hide } from "./hide.ts";
export { uppersOf } from "./kin.ts";
export { misuseOf, nameOf, titleFor, titleOf } from "./kind.ts";
export { LeafEpochs } from "./leaf-epochs.ts";
export { move, undoing } from "./move.ts";
export { withName } from "./names.ts";
export { parentOf } from "./parent.ts";
export { giveChunk, Refusals } from "./refusals.ts";
export { resetAll } from "./reset-all.ts";
export { requireLive } from "./retire.ts";
export { type DisposeKey, disposeKey, inspectKey } from "./symbols.ts";
