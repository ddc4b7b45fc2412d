/**
 * Arc: a value owned by several threads.
 *
 *     thread 1    arc.share() ──▶ { ptr, size, align } ──postMessage──▶ Arc.adopt(type, message, allocator)    thread 2
 *                 adds one to the count                                 takes over that share
 *
 * The counts are in the shared memory and change by Atomics, so the last owner drops the value exactly once and releases the
 * block. Each thread uses its own allocator over the same memory. It must be a thread-safe one, because one thread may allocate a
 * block and another release it.
 *
 * @module
 */
import { type Allocator, type Disposable, MisuseError, type Ptr, type Shared } from "@alloc/core";
import { bytesText, requireAllocator, shown } from "@alloc/core/author";
import { OwnedError } from "../errors.ts";
import type { Type, View } from "../values/type.ts";
import type { Window } from "../values/window.ts";
import { Counted, type ReadonlyView, tryCount } from "./counted.ts";
import { ATOMIC, retain, STATE, STRONG } from "./counts.ts";
import { Factory, orNoRoom } from "./factory.ts";
import { allocatorFor, requireAdoptable } from "./home.ts";
import { abandon, blockOf, type Make, type Weak } from "./weak.ts";

/**
 * Returns whether the memory of an allocator is shared between threads, and narrows its type. O(1).
 *
 * @example
 * ```ts
 * import { Memory, pages } from "@alloc/core";
 * import { isShared } from "@alloc/owned";
 *
 * isShared(pages(Memory.linear({ shared: true, maximum: 2 ** 20 }))); // => true
 * isShared(pages()); // => false
 * ```
 */
export function isShared<A extends Allocator>(allocator: A): allocator is Shared<A> {
  requireAllocator("isShared", allocator, "isShared(heap)");
  return allocator.memory.shared;
}

/** An Arc in transit to another thread, as plain data. It owns a share of the value, so it must be adopted exactly once. */
export interface ArcMessage {
  /** Address of the block. */
  readonly "@alloc/Arc": Ptr;
  /** Size of the value, in bytes. */
  readonly size: number;
  /** Align of the value, in bytes. */
  readonly align: number;
}

/**
 * One of the owners of a value, in any thread. The last owner drops the value; the last Weak releases the block. After `dispose`
 * every use throws MisuseError("disposed"). Reads and writes are not synchronised: use a lock if one thread writes while others
 * read.
 */
export interface Arc<T> extends Disposable {
  /** Type of the value. */
  readonly type: Type<T>;
  /** The allocator of the block. */
  readonly allocator: Allocator;
  /** A read-only view of the value. */
  readonly value: ReadonlyView<T>;
  /** Number of owners in all threads. */
  readonly strongCount: number;
  /** Number of Weaks in all threads. */
  readonly weakCount: number;
  /** Like `value`, but with a light view: see {@link Box.peek}. */
  peek(): ReadonlyView<T>;
  /** Returns a copy of the value. */
  get(): T;
  /** Makes another owner of the same value. O(1). */
  clone(): Arc<T>;
  /** Makes a Weak, which does not keep the value alive. O(1). */
  downgrade(): Weak<Arc<T>>;
  /** Returns whether both own the same value. */
  ptrEq(other: Arc<T>): boolean;
  /** Returns a writable view if this is the only owner in any thread and there is no Weak, otherwise undefined. */
  getMut(): View<T> | undefined;
  /** Returns a writable view; clones the value first if there are other owners. See {@link Rc.makeMut}. */
  makeMut(): View<T>;
  /** Makes another owner, as a message for the thread that adopts it. A message that is never adopted keeps the value alive. */
  share(): ArcMessage;
  /** Ends this owner; the last one drops the value. A second call does nothing. */
  dispose(): void;
}

/** Makes Arcs. The allocator argument is optional if the factory is bound to one. */
export interface ArcFactory<A extends readonly [Shared?]> {
  /**
   * Puts a value into its own block, behind its counts: 16 bytes and padding.
   *
   * @throws `OwnedError`: `value` if it does not fit the type, `memory` if the memory is not shared between threads;
   *   `AllocError` if there is no room
   * @example
   * ```ts
   * import { Memory, pages } from "@alloc/core";
   * import { Arc, u32 } from "@alloc/owned";
   *
   * const heap = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
   * using one = Arc.new(u32, 7, heap);
   * using other = one.clone();
   * [other.value, one.strongCount]; // => [7, 2]
   * ```
   */
  "new"<T>(type: Type<T>, value: NoInfer<T>, ...allocator: A): Arc<T>;
  /**
   * Like `new`, but returns undefined if there is no room; the caller keeps the value.
   *
   * @throws `OwnedError` as `new` does
   * @example
   * ```ts
   * import { Memory, pages } from "@alloc/core";
   * import { Arc, text } from "@alloc/owned";
   *
   * const heap = pages(Memory.linear({ shared: true, maximum: 2 ** 17 }));
   * Arc.tryNew(text(2 ** 17), "much room", heap); // => undefined
   * ```
   */
  tryNew<T>(type: Type<T>, value: NoInfer<T>, ...allocator: A): Arc<T> | undefined;
  /**
   * Makes the Arc of a message.
   *
   * @param allocator - one that can release blocks of the other thread's allocator
   * @throws `OwnedError` with code `type` if the type has another size or align; `MisuseError` with code `double-free` if the
   *   message was already adopted, or as in `Box.fromRaw` if there is no such block
   * @example
   * ```ts
   * import { Memory, pages } from "@alloc/core";
   * import { Arc, u32 } from "@alloc/owned";
   *
   * const heap = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
   * const message = Arc.new(u32, 7, heap).share(); // plain data, for postMessage
   * using theirs = Arc.adopt(u32, structuredClone(message), heap); // in the other thread
   * theirs.get(); // => 7
   * ```
   */
  adopt<T>(type: Type<T>, message: ArcMessage, ...allocator: A): Arc<T>;
}

class ArcMachine<T> extends Counted<T, Arc<T>> implements Arc<T> {
  override get kind(): string {
    return "Arc";
  }

  get value(): ReadonlyView<T> {
    this.requireLive();
    return this.show() as ReadonlyView<T>;
  }

  share(): ArcMessage {
    this.requireLive();
    const { size, align } = this.type.layout;
    retain(ATOMIC, this.base, this.block, STRONG);
    ATOMIC.add(this.base, this.block, STATE, 1);
    return { "@alloc/Arc": this.block, size, align };
  }

  override get make(): Make<T, Arc<T>> {
    return arcOf;
  }

  /** An Arc has no borrows. */
  override requireFree(): void {}
}

function arcOf<T>(type: Type<T>, allocator: Allocator, block: Ptr): ArcMachine<T> {
  return new ArcMachine(type, allocator, block, ATOMIC);
}

class Arcs extends Factory<Shared> implements ArcFactory<[allocator?: Shared]> {
  new<T>(type: Type<T>, value: T, allocator = this.home): Arc<T> {
    return orNoRoom(this.tryNew(type, value, allocator), blockOf(type, ATOMIC), "an Arc", type);
  }

  tryNew<T>(type: Type<T>, value: T, home = this.home): Arc<T> | undefined {
    const allocator = sharedFor(type, home);
    return tryCount<T, ArcMachine<T>>(type, value, allocator, ATOMIC, arcOf);
  }

  adopt<T>(type: Type<T>, message: ArcMessage, home = this.home): Arc<T> {
    const allocator = sharedFor(type, home);
    if (typeof message?.["@alloc/Arc"] !== "number") {
      throw new OwnedError("type", `Arc.adopt expects a message of share(), got ${shown(message)}`);
    }
    const block = message["@alloc/Arc"];
    const { size, align } = type.layout;
    if (message.size !== size || message.align !== align) {
      const of = `${bytesText(message.size)} at align ${message.align}`;
      throw new OwnedError("type", `Arc.adopt expects the type of the shared value, of ${of}, got ${type.layout}`);
    }
    requireAdoptable("Arc.adopt", block, blockOf(type, ATOMIC), allocator);
    const made = arcOf(type, allocator, block);
    try {
      receive(made.base, block);
    } catch (error) {
      abandon(made, error);
    }
    return made;
  }
}

/** Takes over a share in transit, or throws. */
function receive(window: Window, block: Ptr): void {
  for (;;) {
    const sent = ATOMIC.get(window, block, STATE);
    if (sent <= 0)
      throw new MisuseError("double-free", `no Arc is in transit for the block at ${block}; share it first`);
    if (ATOMIC.swap(window, block, STATE, sent, sent - 1)) return;
  }
}

function sharedFor(type: Type<unknown>, home: Shared | undefined): Allocator {
  const allocator = allocatorFor("an Arc", type, home);
  if (allocator.memory.shared) return allocator;
  throw new OwnedError(
    "memory",
    "an Arc expects a memory shared between threads, and this one is not; use an Rc instead",
  );
}

/**
 * Makes Arcs: `new`, `tryNew`, `adopt`. `Arc.in(allocator)` binds the factory to an allocator, which is then optional.
 *
 * Source: Rust's `Arc`.
 * @example
 * ```ts
 * import { Memory, pages } from "@alloc/core";
 * import { Arc, u32 } from "@alloc/owned";
 *
 * const heap = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
 * using arc = Arc.new(u32, 7, heap);
 * const message = arc.share(); // post this to a worker, which runs:
 * using theirs = Arc.adopt(u32, message, heap);
 * [theirs.value, arc.strongCount]; // => [7, 2]
 * ```
 */
export const Arc: ArcFactory<[allocator: Shared]> & {
  in(allocator: Shared): ArcFactory<[allocator?: Shared]>;
} = /* @__PURE__ */ new Arcs();
