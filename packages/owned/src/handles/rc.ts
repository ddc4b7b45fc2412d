/**
 * Rc: a value that several own in one thread.
 *
 *     borrow(…)       state 1, 2, …     readers, any number
 *     borrowMut(…)    state −1          one writer
 *
 * All share the value, so it is shown for reading; it changes where nobody else looks: in `borrowMut`, with `set`, or where
 * there is one owner only. That is checked when it runs, by a word in the block.
 *
 * @module
 */
import { type Allocator, can, type Disposable, type Ptr } from "@alloc/core";
import { OwnedError } from "../errors.ts";
import { replace } from "../values/place.ts";
import type { Type, View } from "../values/type.ts";
import { Window } from "../values/window.ts";
import { blockOf, Counted, type ReadonlyView, tryCount, type Weak } from "./counted.ts";
import { PLAIN, STATE } from "./counts.ts";
import { Factory, orNoRoom } from "./factory.ts";
import { allocatorFor } from "./home.ts";
import { enter } from "./scope.ts";

/**
 * One of the owners of a value, in one thread. The value dies with the last of them; the block goes with the last Weak. After
 * `dispose` every use throws MisuseError("disposed"); where a borrow excludes a use, it throws OwnedError("borrowed").
 */
export interface Rc<T> extends Disposable {
  readonly type: Type<T>;
  readonly allocator: Allocator;
  /** What is shown of the value, for reading: the compiler detects to that, and nobody else. */
  readonly value: ReadonlyView<T>;
  readonly strongCount: number;
  readonly weakCount: number;
  /** Returns a copy of the value. */
  get(): T;
  /** Replaces the value for all owners, while it is not borrowed; the old one is dropped. */
  set(value: T): void;
  /** Makes another owner of the same value. O(1). */
  clone(): Rc<T>;
  /** Makes a Weak, which does not keep the value alive. O(1). */
  downgrade(): Weak<Rc<T>>;
  /** Tells whether both own the same value. */
  ptrEq(other: Rc<T>): boolean;
  /** Shows the value for writing if this is the only owner and there is no Weak; undefined otherwise. */
  getMut(): View<T> | undefined;
  /**
   * Shows the value for writing; one that others own too is cloned before. One that only Weaks look at is taken along, and
   * they are left without.
   *
   * @throws `AllocError`; `OwnedError` with code `no-clone`. Then nothing has changed
   */
  makeMut(): View<T>;
  /** Calls `use` with the value, which nobody may change meanwhile. What it was shown ends with the call. */
  borrow<R>(use: (value: ReadonlyView<T>) => R): R;
  /** Calls `use` with the value, which nobody else may look at meanwhile. What it was shown ends with the call. */
  borrowMut<R>(use: (value: View<T>) => R): R;
  /** Ends this owner; the last one drops the value. A second time does nothing. */
  dispose(): void;
}

/** Makes Rcs. Where it is bound to an allocator, that need not be named. */
export interface RcFactory<A extends readonly [Allocator?]> {
  /**
   * Puts a value into a block of its own, with counts in front of it: 12 bytes, and padding.
   *
   * @throws `OwnedError`: `value` if it does not fit the type, `memory` if other threads see the memory; `AllocError` if there
   *   is no room
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
   * As `new`, but returns undefined if there is no room; the value is still the caller's.
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

  override handle(block: Ptr): RcMachine<T> {
    return new RcMachine(this.type, this.allocator, block, PLAIN);
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
    // If the scope ends meanwhile, the value dies with it all the same, and what was shown of it ends.
    const post = can(allocator, "defer") ? enter(allocator, { endWithScope: () => window.close() }) : undefined;
    PLAIN.add(memory, block, STATE, state);
    try {
      return use(shown);
    } finally {
      if (epoch === allocator.epoch && window.isOpen) PLAIN.add(memory, block, STATE, -state);
      window.close();
      post?.leave();
    }
  }

  borrowed(how: string): OwnedError {
    return new OwnedError("borrowed", `this value is being ${how} by a borrow that has not ended`);
  }
}

class Rcs extends Factory implements RcFactory<[allocator?: Allocator]> {
  new<T>(type: Type<T>, value: T, allocator = this.home): Rc<T> {
    return orNoRoom(this.tryNew(type, value, allocator), blockOf(type, PLAIN).layout, "an Rc", type);
  }

  tryNew<T>(type: Type<T>, value: T, home = this.home): Rc<T> | undefined {
    const allocator = allocatorFor("an Rc", type, home);
    if (allocator.memory.shared) {
      throw new OwnedError("memory", "an Rc counts for one thread, and others see this memory; use an Arc there");
    }
    return tryCount(type, value, allocator, PLAIN, (block) => new RcMachine(type, allocator, block, PLAIN));
  }
}

/**
 * Makes Rcs: `new`, `tryNew`. With `in` it is bound to an allocator, which then need not be named.
 *
 * Source: `Rc` and `RefCell` of Rust.
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
 * other.dispose(); // the last one: the value dies
 * weak.upgrade(); // => undefined
 * weak.dispose(); // and here its block goes
 * ```
 */
export const Rc: RcFactory<[allocator: Allocator]> & {
  in(allocator: Allocator): RcFactory<[allocator?: Allocator]>;
} = /* @__PURE__ */ new Rcs();
