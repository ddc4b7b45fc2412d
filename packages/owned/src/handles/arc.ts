/**
 * Arc: a value that several threads own.
 *
 *     thread 1    arc.share() ──▶ { ptr, size, align } ──postMessage──▶ Arc.adopt(type, message, allocator)    thread 2
 *                 counts one more                                       that one is this Arc's
 *
 * The counts lie in the shared memory and change by Atomics, so whoever is last drops the value, once, and releases the block.
 * Each thread has an allocator of its own that works in the same memory; it must be one that threads may share, as it is one
 * thread that asks for a block and perhaps another one that gives it back.
 *
 * @module
 */
import { type Allocator, type Disposable, type Memory, MisuseError, type Ptr } from "@alloc/core";
import { OwnedError, shown } from "../errors.ts";
import type { Type, View } from "../values/type.ts";
import { blockOf, Counted, type ReadonlyView, tryCount, type Weak } from "./counted.ts";
import { ATOMIC, retain, STATE, STRONG } from "./counts.ts";
import { Factory, orNoRoom } from "./factory.ts";
import { allocatorFor, requireAdoptable } from "./home.ts";

/** An allocator whose memory other threads may see. */
export type SharedAllocator = Allocator & { readonly memory: Memory & { readonly shared: true } };

/**
 * Tells whether other threads may see the memory of an allocator, to the compiler too. O(1).
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
export function isShared<A extends Allocator>(allocator: A): allocator is A & SharedAllocator {
  return allocator.memory.shared;
}

/** An Arc on its way to another thread: plain data. It owns a share of the value, so it is to be adopted, and once. */
export interface ArcMessage {
  readonly "@alloc/Arc": Ptr;
  readonly size: number;
  readonly align: number;
}

/**
 * One of the owners of a value, in any thread. The value dies with the last of them; the block goes with the last Weak. After
 * `dispose` every use throws MisuseError("disposed"). Its bytes are read as they are: who writes where others read needs a
 * lock of his own.
 */
export interface Arc<T> extends Disposable {
  readonly type: Type<T>;
  readonly allocator: Allocator;
  /** What is shown of the value, for reading. */
  readonly value: ReadonlyView<T>;
  readonly strongCount: number;
  readonly weakCount: number;
  /** Returns a copy of the value. */
  get(): T;
  /** Makes another owner of the same value. O(1). */
  clone(): Arc<T>;
  /** Makes a Weak, which does not keep the value alive. O(1). */
  downgrade(): Weak<Arc<T>>;
  /** Tells whether both own the same value. */
  ptrEq(other: Arc<T>): boolean;
  /** Shows the value for writing if this is the only owner anywhere and there is no Weak; undefined otherwise. */
  getMut(): View<T> | undefined;
  /** Shows the value for writing; one that others own too is cloned before. As {@link Rc.makeMut}. */
  makeMut(): View<T>;
  /** Makes another owner, as a message to a thread that adopts it. One that is never adopted keeps the value alive. */
  share(): ArcMessage;
  /** Ends this owner; the last one drops the value. A second time does nothing. */
  dispose(): void;
}

/** Makes Arcs. Where it is bound to an allocator, that need not be named. */
export interface ArcFactory<A extends readonly [SharedAllocator?]> {
  /**
   * Puts a value into a block of its own, with counts in front of it: 16 bytes, and padding.
   *
   * @throws `OwnedError`: `value` if it does not fit the type, `memory` if other threads do not see the memory; `AllocError` if
   *   there is no room
   * @example
   * ```ts
   * import { Memory, pages } from "@alloc/core";
   * import { Arc, isShared, u32 } from "@alloc/owned";
   *
   * const heap = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
   * if (isShared(heap)) {
   *   using one = Arc.new(u32, 7, heap);
   *   using other = one.clone();
   *   [other.value, one.strongCount]; // => [7, 2]
   * }
   * ```
   */
  "new"<T>(type: Type<T>, value: NoInfer<T>, ...allocator: A): Arc<T>;
  /**
   * As `new`, but returns undefined if there is no room; the value is still the caller's.
   *
   * @throws `OwnedError` as `new` does
   * @example
   * ```ts
   * import { Memory, pages } from "@alloc/core";
   * import { Arc, isShared, text } from "@alloc/owned";
   *
   * const heap = pages(Memory.linear({ shared: true, maximum: 2 ** 17 }));
   * if (isShared(heap)) {
   *   Arc.tryNew(text(2 ** 17), "much room", heap); // => undefined
   * }
   * ```
   */
  tryNew<T>(type: Type<T>, value: NoInfer<T>, ...allocator: A): Arc<T> | undefined;
  /**
   * Makes the Arc that a message is.
   *
   * @param allocator - one that gives back what the other thread's allocator handed out
   * @throws `OwnedError` with code `type` if the type is of another size or align; `MisuseError` with code `double-free` if the
   *   message was adopted before, or as in `Box.fromRaw` if there is no such block
   * @example
   * ```ts
   * import { Memory, pages } from "@alloc/core";
   * import { Arc, isShared, u32 } from "@alloc/owned";
   *
   * const heap = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
   * if (isShared(heap)) {
   *   const message = Arc.new(u32, 7, heap).share(); // plain data, for postMessage
   *   using theirs = Arc.adopt(u32, structuredClone(message), heap); // in the other thread
   *   theirs.get(); // => 7
   * }
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
    const { memory } = this.allocator;
    const { size, align } = this.type.layout;
    retain(ATOMIC, memory, this.block, STRONG);
    ATOMIC.add(memory, this.block, STATE, 1);
    return { "@alloc/Arc": this.block, size, align };
  }

  override handle(block: Ptr): ArcMachine<T> {
    return new ArcMachine(this.type, this.allocator, block, ATOMIC);
  }

  /** There are no borrows of an Arc. */
  override requireFree(): void {}
}

class Arcs extends Factory<SharedAllocator> implements ArcFactory<[allocator?: SharedAllocator]> {
  new<T>(type: Type<T>, value: T, allocator = this.home): Arc<T> {
    return orNoRoom(this.tryNew(type, value, allocator), blockOf(type, ATOMIC).layout, "an Arc", type);
  }

  tryNew<T>(type: Type<T>, value: T, home = this.home): Arc<T> | undefined {
    const allocator = sharedFor(type, home);
    return tryCount(type, value, allocator, ATOMIC, (block) => new ArcMachine(type, allocator, block, ATOMIC));
  }

  adopt<T>(type: Type<T>, message: ArcMessage, home = this.home): Arc<T> {
    const allocator = sharedFor(type, home);
    const { memory } = allocator;
    if (typeof message?.["@alloc/Arc"] !== "number") {
      throw new OwnedError("type", `Arc.adopt needs what share() returned, got ${shown(message)}`);
    }
    const block = message["@alloc/Arc"];
    const { size, align } = type.layout;
    if (message.size !== size || message.align !== align) {
      const of = `${message.size} bytes at align ${message.align}`;
      throw new OwnedError(
        "type",
        `Arc.adopt needs the type of the value that was shared, of ${of}, got ${type.layout}`,
      );
    }
    requireAdoptable("Arc.adopt", block, blockOf(type, ATOMIC).layout, allocator);
    const made = new ArcMachine(type, allocator, block, ATOMIC);
    return made.counting(made, () => receive(memory, block));
  }
}

/** Takes a message that is under way, or throws. */
function receive(memory: Memory, block: Ptr): void {
  for (;;) {
    const sent = ATOMIC.get(memory, block, STATE);
    if (sent <= 0) throw new MisuseError("double-free", `no Arc is under way to the block at ${block}; share it first`);
    if (ATOMIC.swap(memory, block, STATE, sent, sent - 1)) return;
  }
}

function sharedFor(type: Type<unknown>, home: SharedAllocator | undefined): Allocator {
  const allocator = allocatorFor("an Arc", type, home);
  if (allocator.memory.shared) return allocator;
  throw new OwnedError(
    "memory",
    "an Arc is for a memory that other threads see, and they do not see this; use an Rc there",
  );
}

/**
 * Makes Arcs: `new`, `tryNew`, `adopt`. With `in` it is bound to an allocator, which then need not be named.
 *
 * Source: `Arc` of Rust.
 *
 * @example
 * ```ts
 * import { Memory, pages } from "@alloc/core";
 * import { Arc, isShared, u32 } from "@alloc/owned";
 *
 * const heap = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
 * if (isShared(heap)) {
 *   using arc = Arc.new(u32, 7, heap);
 *   const message = arc.share(); // to be posted to a worker, which does this:
 *   using theirs = Arc.adopt(u32, message, heap);
 *   [theirs.value, arc.strongCount]; // => [7, 2]
 * }
 * ```
 */
export const Arc: ArcFactory<[allocator: SharedAllocator]> & {
  in(allocator: SharedAllocator): ArcFactory<[allocator?: SharedAllocator]>;
} = /* @__PURE__ */ new Arcs();
