/**
 * Tools for authors of allocators. Programs that only use allocators need none of them.
 *
 * @module
 */
import { Allocator } from "./allocator/allocator.ts";
import { type ForwarderClass, type Forwarding, forwarderOf } from "./allocator/forwarder.ts";

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
export { attachDescription } from "./adapters/attach-description.ts";
export { LateMembers } from "./adapters/late-members.ts";
export { fromParts, type MemoryParts, partsOf } from "./adapters/memory-parts.ts";
export { blocksOf } from "./allocator/blocks.ts";
export { CAPABILITIES, withCapabilities } from "./allocator/capabilities.ts";
export { METHODS, type Wrapping } from "./allocator/forwarder.ts";
export { LeafEpochs } from "./allocator/leaf-epochs.ts";
export { type CapabilitiesOfPair, requireMembers, sourcesOf, togetherCan } from "./allocator/members.ts";
export { move, undoing } from "./allocator/move.ts";
export { giveChunk, Refusals } from "./allocator/refusals.ts";
export { requireAllocator, requireFlag, requireFunction, requireMemory, requireOptions } from "./base/arguments.ts";
export { attempt, rethrow } from "./base/attempt.ts";
export {
  bytesText,
  invariant,
  isAllocator,
  NO_LAYOUT,
  nullPointer,
  requireLayout,
  requireLayouts,
  shown,
} from "./base/errors.ts";
export { hide } from "./base/hide.ts";
export { type DisposeKey, disposeKey, inspectKey } from "./base/symbols.ts";
export { childrenIn, type Kind, kindFor, type Node, requireParent, wordsIn } from "./chain/attach-kind.ts";
export { type Changing, catchUp } from "./chain/catch-up.ts";
export { ancestorsOf, endsAsOne, leavesOf } from "./chain/graph.ts";
export { uppersOf } from "./chain/kin.ts";
export { misuseOf, nameOf, titleFor, titleOf } from "./chain/kind.ts";
export { letGo } from "./chain/let-go.ts";
export { withName } from "./chain/names.ts";
export { resetAll } from "./chain/reset-all.ts";
export { requireLive } from "./chain/retire.ts";
export { type Book, CHANGES, type Gate, RESERVED } from "./memory/book.ts";
export { Halves } from "./memory/halves.ts";
export { bytesOfBook, isGated, type Place, placeOf, recycle, wordsAt } from "./memory/places.ts";
export { gateRoot } from "./pages/gated-pages.ts";
export { parentOf } from "./pages/parent.ts";
