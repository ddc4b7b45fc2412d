/**
 * Rc: a value with several owners in one thread.
 *
 *     borrow(…)       state 1, 2, …     any number of readers
 *     borrowMut(…)    state −1          one writer
 *
 * All owners share the value, so its view is read-only. It can be changed in `borrowMut`, with `set`, or by a sole owner. That is
 * checked at run time by a word in the block.
 *
 * @module
 */
import type { Allocator, Disposable, Ptr } from "@alloc/core";
import { OwnedError } from "../errors.ts";
import { replace } from "../values/place.ts";
import type { Type, View } from "../values/type.ts";
import { Window } from "../values/window.ts";
import { Counted, type ReadonlyView, tryCount } from "./counted.ts";
import { PLAIN, STATE } from "./counts.ts";
import { Factory, orNoRoom } from "./factory.ts";
import { allocatorFor } from "./home.ts";
import { enter, hasScope } from "./scope.ts";
import { blockOf, type Make, type Weak } from "./weak.ts";

/**
 * One of the owners of a value, in one thread. The last owner drops the value; the last Weak releases the block. After `dispose`
 * every use throws MisuseError("disposed"); a use that a borrow excludes throws OwnedError("borrowed").
 */
export interface Rc<T> extends Disposable {
  /** Type of the value. */
  readonly type: Type<T>;
  /** The allocator of the block. */
  readonly allocator: Allocator;
  /** A read-only view of the value; only the compiler enforces that. */
  readonly value: ReadonlyView<T>;
  /** Number of owners. */
  readonly strongCount: number;
  /** Number of Weaks. */
  readonly weakCount: number;
  /** Like `value`, but with a light view: see {@link Box.peek}. */
  peek(): ReadonlyView<T>;
  /** Returns a copy of the value. */
  get(): T;
  /** Replaces the value for all owners and drops the old one. Throws while the value is borrowed. */
  set(value: T): void;
  /** Makes another owner of the same value. O(1). */
  clone(): Rc<T>;
  /** Makes a Weak, which does not keep the value alive. O(1). */
  downgrade(): Weak<Rc<T>>;
  /** Returns whether both own the same value. */
  ptrEq(other: Rc<T>): boolean;
  /** Returns a writable view if this is the only owner and there is no Weak, otherwise undefined. */
  getMut(): View<T> | undefined;
  /**
   * Returns a writable view. Clones the value first if there are other owners; if there are only Weaks, moves it away from them.
   *
   * @throws `AllocError`; `OwnedError` with code `no-clone`. Then nothing has changed
   */
  makeMut(): View<T>;
  /** Calls `use` with the value, which cannot change meanwhile. The view ends with the call. */
  borrow<R>(use: (value: ReadonlyView<T>) => R): R;
  /** Calls `use` with the value, which cannot be read elsewhere meanwhile. The view ends with the call. */
  borrowMut<R>(use: (value: View<T>) => R): R;
  /** Ends this owner; the last one drops the value. A second call does nothing. */
  dispose(): void;
}

/** Makes Rcs. The allocator argument is optional if the factory is bound to one. */
export interface RcFactory<A extends readonly [Allocator?]> {
  /**
   * Puts a value into its own block, behind its counts: 12 bytes and padding.
   *
   * @throws `OwnedError`: `value` if it does not fit the type, `memory` if the memory is shared between threads;
   *   `AllocError` if there is no room
   * @example
   * ```ts
   * import { pages } from "@alloc/core";
   * import { Rc, u32 } from "@alloc/owned";
   *
   * using one = Rc.new(u32, 7, pages());
   * using other = one.clone();
   * [other.value, one.strongCount]; // => [7, 2]
   * ```
   */
  "new"<T>(type: Type<T>, value: NoInfer<T>, ...allocator: A): Rc<T>;
  /**
   * Like `new`, but returns undefined if there is no room; the caller keeps the value.
   *
   * @throws `OwnedError` as `new` does
   * @example
   * ```ts
   * import { Memory, pages } from "@alloc/core";
   * import { Rc, text } from "@alloc/owned";
   *
   * const heap = pages(Memory.linear({ maximum: 2 ** 17 }));
   * Rc.tryNew(text(2 ** 17), "much room", heap); // => undefined
   * ```
   */
  tryNew<T>(type: Type<T>, value: NoInfer<T>, ...allocator: A): Rc<T> | undefined;
}

const WRITING = -1;

class RcMachine<T> extends Counted<T, Rc<T>> implements Rc<T> {
  override get kind(): string {
    return "Rc";
  }

  get value(): ReadonlyView<T> {
    if (this.word(STATE) === WRITING) throw this.borrowed("changed");
    return this.show() as ReadonlyView<T>;
  }

  override peek(): ReadonlyView<T> {
    if (this.word(STATE) === WRITING) throw this.borrowed("changed");
    return super.peek();
  }

  override get(): T {
    if (this.word(STATE) === WRITING) throw this.borrowed("changed");
    return super.get();
  }

  set(value: T): void {
    this.requireFree();
    const { type, base, address } = this;
    const parts = this.takenFor(value, address);
    this.requireFree();
    if (parts !== undefined) replace(type, base, address, parts);
  }

  borrow<R>(use: (value: ReadonlyView<T>) => R): R {
    if (this.word(STATE) === WRITING) throw this.borrowed("changed");
    return this.lend(1, use as (value: View<T>) => R);
  }

  borrowMut<R>(use: (value: View<T>) => R): R {
    this.requireFree();
    return this.lend(WRITING, use);
  }

  override get make(): Make<T, Rc<T>> {
    return rcOf;
  }

  override requireFree(): void {
    const state = this.word(STATE);
    if (state !== 0) throw this.borrowed(state === WRITING ? "changed" : "read");
  }

  lend<R>(state: number, use: (value: View<T>) => R): R {
    const { allocator, epoch, block, address, type } = this;
    const { memory } = allocator;
    const window = new Window(memory);
    const shown = type.show(window, address);
    // If the scope ends meanwhile, the value ends with it, and so does the view.
    const post = hasScope(allocator) ? enter(allocator, { endWithScope: () => window.close() }) : undefined;
    PLAIN.add(this.base, block, STATE, state);
    try {
      return use(shown);
    } finally {
      if (epoch === allocator.epoch && window.isOpen) PLAIN.add(this.base, block, STATE, -state);
      window.close();
      post?.leave();
    }
  }

  borrowed(how: string): OwnedError {
    return new OwnedError("borrowed", `this value is being ${how} by a borrow that has not ended`);
  }
}

function rcOf<T>(type: Type<T>, allocator: Allocator, block: Ptr): RcMachine<T> {
  return new RcMachine(type, allocator, block, PLAIN);
}

class Rcs extends Factory implements RcFactory<[allocator?: Allocator]> {
  new<T>(type: Type<T>, value: T, allocator = this.home): Rc<T> {
    return orNoRoom(this.tryNew(type, value, allocator), blockOf(type, PLAIN), "an Rc", type);
  }

  tryNew<T>(type: Type<T>, value: T, home = this.home): Rc<T> | undefined {
    const allocator = allocatorFor("an Rc", type, home);
    if (allocator.memory.shared) {
      throw new OwnedError(
        "memory",
        "an Rc is for one thread, but this memory is shared between threads; use an Arc instead",
      );
    }
    return tryCount<T, RcMachine<T>>(type, value, allocator, PLAIN, rcOf);
  }
}

/**
 * Makes Rcs: `new`, `tryNew`. `Rc.in(allocator)` binds the factory to an allocator, which is then optional.
 *
 * Source: Rust's `Rc` and `RefCell`.
 *
 * @example
 * ```ts
 * import { pages } from "@alloc/core";
 * import { f64, Rc, struct } from "@alloc/owned";
 *
 * const Account = struct({ balance: f64 });
 * const one = Rc.new(Account, { balance: 10 }, pages());
 * const other = one.clone();
 * const weak = one.downgrade();
 * one.borrowMut((account) => {
 *   account.balance += 5;
 * });
 * other.value.balance; // => 15
 * one.dispose();
 * other.dispose(); // the last one: the value is dropped
 * weak.upgrade(); // => undefined
 * weak.dispose(); // and here its block is released
 * ```
 */
export const Rc: RcFactory<[allocator: Allocator]> & {
  in(allocator: Allocator): RcFactory<[allocator?: Allocator]>;
} = /* @__PURE__ */ new Rcs();
