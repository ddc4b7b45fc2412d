/**
 * Shared: which memories and allocators threads share, known to the compiler.
 *
 *     Memory.linear({ shared: true })      SharedMemory
 *     pages(memory)                        Shared<Pages>
 *     system({ parent: pages(memory) })    Shared<SystemHeap>
 *     limit(heap, 2 ** 20)                 Limit<Shared<SystemHeap>>, whose `memory` is a SharedMemory too
 *
 * A combinator has the memory of its children, and its type says so: `memory: A["memory"]`. Where the compiler cannot know,
 * `memory.shared` shows it at run time.
 *
 * @module
 */
import type { Allocator } from "../allocator/allocator.ts";
import type { Memory } from "./memory.ts";

/** A memory that other threads may see, as made by `Memory.linear({ shared: true })` or over a SharedArrayBuffer. */
export interface SharedMemory extends Memory {
  readonly shared: true;
}

/**
 * An allocator whose memory other threads may see. The allocator itself is for one thread.
 *
 * @example
 * ```ts
 * import { Memory, type Pages, pages, type Shared } from "@alloc/core";
 *
 * const root: Shared<Pages> = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
 * root.memory.shared; // => true
 * ```
 */
export type Shared<A extends Allocator = Allocator> = A & { readonly memory: SharedMemory };

/** `Shared<A>` if `M` is a memory that other threads may see, otherwise `A`. */
export type SharedIn<M, A extends Allocator> = [M] extends [SharedMemory] ? Shared<A> : A;
