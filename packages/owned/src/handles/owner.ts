/**
 * Owner: the base of all handles. A handle is live until it is disposed of or gives away what it owns.
 *
 *     live ── dispose ──────────────────────────▶ spent        the value is dropped, then its memory released
 *          ├─ intoRaw · take · leak · intoBox ──▶ spent        nothing is dropped
 *          └─ its allocator is reset or ended ──▶ stale        its block is gone, as the allocator's epoch shows
 *
 * Every use of a spent handle throws except `dispose`, which does nothing. Every use of a stale handle throws; `dispose` does too
 * unless another use has thrown before. If the allocator supports `defer`, live handles are disposed of when the scope ends.
 *
 * Getters, iterables, drop and clone functions are user code and may do anything to a handle. So each method that takes a value
 * follows these steps:
 *
 *     live? ─▶ read the value: user code runs here ─▶ live and unchanged? ─▶ change it ─▶ drop a copy of the old value
 *
 * @module
 */
import { type Allocator, can, MisuseError, type Ptr } from "@alloc/core";
import { disposeKey } from "@alloc/core/author";
import { takenFor } from "../values/alias.ts";
import { type Parts, type Type, taken, type View } from "../values/type.ts";
import { Window } from "../values/window.ts";
import { atOnce, Ending } from "./dropping.ts";
import { forget, watch } from "./leaks.ts";
import { enter, type Tenant } from "./scope.ts";
import { State } from "./state.ts";

/** Value of `spentBy` while the allocator moves the block. */
const MOVING = "moving";
const SCOPE = "the end of its scope";
const STALE = "the end of its allocator";

export abstract class Owner<T> extends State<T> implements Tenant {
  constructor(type: Type<T>, allocator: Allocator, address: Ptr) {
    super(type, allocator, address);
    if (can(allocator, "defer")) this.post = enter(allocator, this);
    watch(this);
  }

  abstract dispose(): void;

  /** Number of values at its address to drop with it, side by side. */
  abstract get size(): number;

  /** Releases its block. */
  abstract release(): void;

  [disposeKey](): void {
    this.dispose();
  }

  /** Throws unless the handle is live. */
  requireLive(): void {
    if (!this.isLive) throw this.refusal();
  }

  /** Returns why it is not live. After this error `dispose` of a stale handle does not throw again. */
  refusal(): MisuseError {
    const { kind, spentBy } = this;
    if (spentBy === MOVING)
      return new MisuseError("reentrant", `this ${kind} is being moved by its allocator and cannot be used meanwhile`);
    if (spentBy !== undefined && spentBy !== STALE) {
      const what = spentBy === SCOPE ? spentBy : `${spentBy}()`;
      return new MisuseError("disposed", `this ${kind} was spent by ${what}; it no longer owns anything`);
    }
    this.retire(STALE);
    return new MisuseError(
      "disposed",
      `the allocator of this ${kind} was reset or disposed of after the ${kind} was made: its block is gone. Dispose of the ${kind} first, or make a new one`,
    );
  }

  /** Reads a value, whose getters may do anything. Throws if they changed this handle; then nothing else has changed. */
  taken(value: unknown): Parts {
    const { type, address, size } = this;
    this.requireLive();
    const parts = taken(type, value);
    this.requireSame(address, size);
    return parts;
  }

  /** Like `taken`, for replacing the value at an address. Returns undefined if it is that very value. */
  takenFor(value: T, at: number): Parts | undefined {
    const { type, base, address, size } = this;
    const parts = takenFor(type, value, base, at);
    this.requireSame(address, size);
    return parts;
  }

  /** Throws if user functions ended, moved or resized the operand. */
  requireSame(address: Ptr, size: number): void {
    this.requireLive();
    if (this.address === address && this.size === size) return;
    throw new MisuseError(
      "reentrant",
      `this ${this.kind} was changed by a function called during the operation: nothing was done`,
    );
  }

  /** Returns the view of the value. */
  show(): View<T> {
    const { type, base, address } = this;
    if (!type.hasParts) return type.get(base, address);
    this.window ??= new Window(base.memory, 0, 0, base);
    this.shown ??= type.show(this.window, address);
    return this.shown;
  }

  /** Closes all views: the block ends or moves. */
  hide(): void {
    this.window?.close();
    this.window = undefined;
    this.shown = undefined;
  }

  /** Marks the handle spent. Its scope keeps the entry until the values are dropped. */
  spend(by: string): void {
    this.requireLive();
    this.retire(by);
  }

  retire(by: string): void {
    this.spentBy = by;
    this.hide();
    forget(this);
  }

  /** Marks the handle spent; what it owned lives on. */
  giveAway(by: string): void {
    this.spend(by);
    this.post?.leave();
  }

  /** Does what may fail and spends the handle. If that throws, the handle is as it was. */
  spending<R>(by: string, use: () => R): R {
    this.spend(by);
    let result: R;
    try {
      result = use();
    } catch (error) {
      this.spentBy = undefined;
      watch(this);
      throw error;
    }
    this.post?.leave();
    return result;
  }

  /** Undoes the creation of the handle. */
  abandon(): void {
    this.retire("failure");
    this.post?.leave();
  }

  /** Runs while the allocator may move the block; its hooks cannot use this handle meanwhile. */
  whileMoving<R>(move: () => R): R {
    this.requireLive();
    this.spentBy = MOVING;
    try {
      return move();
    } finally {
      if (this.spentBy === MOVING) this.spentBy = undefined;
    }
  }

  /** Returns whether `dispose` has work to do; throws if it must not run now, or the handle is stale and no error has said so. */
  get isToEnd(): boolean {
    if (this.spentBy !== undefined && this.spentBy !== MOVING) return false;
    this.requireLive();
    return true;
  }

  /** Ends with its scope, whose memory is still there even if a wrapper in between has ended. */
  endWithScope(): void {
    if (this.spentBy !== undefined && this.spentBy !== MOVING && this.spentBy !== STALE) return;
    this.retire(SCOPE);
    atOnce(() => this.endValues());
  }

  /** Drops what it owned at once, without queueing: its memory goes. */
  endValues(): void {
    const { type, allocator, epoch, address: start, size: count, post } = this;
    const release = () => this.release();
    if (type.drop === undefined) {
      post?.leave();
      if (epoch === allocator.epoch) release();
    } else new Ending({ type, allocator, epoch, start, count, post, release }).run(true);
  }
}
