/**
 * Owner: what the handles have in common. A handle is live until it is disposed of, or what it owns is given away.
 *
 *     live ── dispose ──────────────────────────▶ spent        the value is dropped, and then its memory
 *          ├─ intoRaw · take · leak · intoBox ──▶ spent        nothing is dropped
 *          └─ its allocator is reset or ended ──▶ stale        its block is gone: seen by the epoch of the allocator
 *
 * Every use of a spent handle throws, but `dispose`, which does nothing. Every use of a stale one throws, and so does its `dispose`
 * if nobody was told before. In an allocator that can `defer` a handle is disposed of when the scope ends, unless it is spent.
 *
 * Getters of values, iterables, drop and clone functions are of the caller, and may do anything to a handle. So each method that
 * takes a value goes these steps:
 *
 *     live? ─▶ take the value: they run here ─▶ live, and as it was? ─▶ change it ─▶ drop what was replaced, from a copy
 *
 * @module
 */
import { type Allocator, can, disposeKey, MisuseError, type Ptr } from "@alloc/core";
import { takenFor } from "../values/alias.ts";
import { type Parts, type Type, taken, type View } from "../values/type.ts";
import { Window } from "../values/window.ts";
import { atOnce, Ending } from "./dropping.ts";
import { forget, watch } from "./leaks.ts";
import { enter, type Tenant } from "./scope.ts";
import { State } from "./state.ts";

/** What `spentBy` is while its allocator is asked to move the block. */
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

  /** How many values lie at its address, one after the other, to be dropped with it. */
  abstract get size(): number;

  /** Gives its block back. */
  abstract release(): void;

  [disposeKey](): void {
    this.dispose();
  }

  /** Throws unless it is live. */
  requireLive(): void {
    if (!this.isLive) throw this.refusal();
  }

  /** Returns why it is not live. Whoever was told that it is stale need not be told by `dispose`. */
  refusal(): MisuseError {
    const { kind, spentBy } = this;
    if (spentBy === MOVING)
      return new MisuseError("reentrant", `this ${kind} is being moved by its allocator: it cannot be used meanwhile`);
    if (spentBy !== undefined && spentBy !== STALE) {
      const what = spentBy === SCOPE ? spentBy : `${spentBy}()`;
      return new MisuseError("disposed", `this ${kind} was spent by ${what}; it owns nothing any more`);
    }
    this.retire(STALE);
    return new MisuseError(
      "disposed",
      `the allocator of this ${kind} was reset or disposed of after the ${kind} was made: its block is gone. Dispose of the ${kind} before, or make it anew`,
    );
  }

  /** Takes a value, whose getters may do anything. Throws if they have changed this handle; nothing else has changed then. */
  taken(value: unknown): Parts {
    const { type, address, size } = this;
    this.requireLive();
    const parts = taken(type, value);
    this.requireSame(address, size);
    return parts;
  }

  /** As `taken`, for the place of a value that lies there. Undefined: it is that value itself. */
  takenFor(value: T, at: number): Parts | undefined {
    const { type, base, address, size } = this;
    const parts = takenFor(type, value, base, at);
    this.requireSame(address, size);
    return parts;
  }

  /** Throws if functions of the caller have ended, moved or resized what an operation works on. */
  requireSame(address: Ptr, size: number): void {
    this.requireLive();
    if (this.address === address && this.size === size) return;
    throw new MisuseError(
      "reentrant",
      `this ${this.kind} was changed by a function that the call has run: nothing was done`,
    );
  }

  /** Shows the value. */
  show(): View<T> {
    const { type, base, address } = this;
    if (!type.hasParts) return type.get(base, address);
    this.window ??= new Window(base.memory, 0, 0, base);
    this.shown ??= type.show(this.window, address);
    return this.shown;
  }

  /** Ends what was shown so far: its block dies or moves. */
  hide(): void {
    this.window?.close();
    this.window = undefined;
    this.shown = undefined;
  }

  /** Makes it spent. Its scope knows it still: what is left to be dropped is. */
  spend(by: string): void {
    this.requireLive();
    this.retire(by);
  }

  retire(by: string): void {
    this.spentBy = by;
    this.hide();
    forget(this);
  }

  /** Makes it spent, and what it owned lives on. */
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

  /** Makes it spent, as if it had never been made. */
  abandon(): void {
    this.retire("failure");
    this.post?.leave();
  }

  /** Runs while the allocator may move the block: what its hooks do to this handle is refused. */
  whileMoving<R>(move: () => R): R {
    this.requireLive();
    this.spentBy = MOVING;
    try {
      return move();
    } finally {
      if (this.spentBy === MOVING) this.spentBy = undefined;
    }
  }

  /** Whether `dispose` has something to do; throws if it must not, or the block is gone and nobody was told. */
  get isToEnd(): boolean {
    if (this.spentBy !== undefined && this.spentBy !== MOVING) return false;
    this.requireLive();
    return true;
  }

  /** Ends with a scope, whose memory is there still: also where a wrapper in between has ended before. */
  endWithScope(): void {
    if (this.spentBy !== undefined && this.spentBy !== MOVING && this.spentBy !== STALE) return;
    this.retire(SCOPE);
    atOnce(() => this.endValues());
  }

  /** Drops what it owned, whether or not it has a turn: its memory goes. */
  endValues(): void {
    const { type, allocator, epoch, address: start, size: count, post } = this;
    const release = () => this.release();
    if (type.drop === undefined) {
      post?.leave();
      if (epoch === allocator.epoch) release();
    } else new Ending({ type, allocator, epoch, start, count, post, release }).run(true);
  }
}
