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
 * Its own properties are `allocator` and `type`; all other fields have symbols as keys.
 *
 * Getters, iterables, drop and clone functions are user code and may do anything to a handle. So each method that takes a value
 * follows these steps:
 *
 *     live? ─▶ read the value: user code runs here ─▶ live and unchanged? ─▶ change it ─▶ drop a copy of the old value
 *
 * @module
 */
import { type Allocator, MisuseError, type Ptr } from "@alloc/core";
import { disposeKey, inspectKey } from "@alloc/core/author";
import { takenFor } from "../values/alias.ts";
import { copyOut, type Grave } from "../values/grave.ts";
import { type Parts, type Type, taken, type View } from "../values/type.ts";
import { closeView, Window, windowOf } from "../values/window.ts";
import { atOnce, type Ended, Ending } from "./dropping.ts";
import { forget, watch } from "./leaks.ts";
import { type Inspect, type Printed, printed } from "./printed.ts";
import { enter, hasScope, type Post, type Tenant } from "./scope.ts";

/** Value of `spentBy` while the allocator moves the block. */
export const MOVING = "moving";
const SCOPE = "the end of its scope";
const STALE = "the end of its allocator";

// The keys of its fields. They are not private: in a base class that makes the construction of an object three times as long.
const ADDRESS: unique symbol = Symbol("address");
const BASE: unique symbol = Symbol("base");
const EPOCH: unique symbol = Symbol("epoch");
const SPENT_BY: unique symbol = Symbol("spentBy");
/** The cached view of `value`. */
export const SHOWN: unique symbol = Symbol("shown");
/** The cached light view of `peek`. */
export const PEEKED: unique symbol = Symbol("peeked");
/** The window of views that make further views; undefined until the first one. */
export const WINDOW: unique symbol = Symbol("window");
/** The entry in the scope of the allocator. */
export const POST: unique symbol = Symbol("post");

export abstract class Owner<T> implements Tenant, Printed, Ended<T> {
  // First: makes `structuredClone` refuse a handle with the message of its memory.
  readonly allocator: Allocator;
  readonly type: Type<T>;
  declare [ADDRESS]: Ptr;
  declare readonly [BASE]: Window;
  declare readonly [EPOCH]: number;
  declare [SPENT_BY]: string | undefined;
  declare [SHOWN]: View<T> | undefined;
  declare [PEEKED]: View<T> | undefined;
  declare [WINDOW]: Window | undefined;
  declare [POST]: Post | undefined;

  constructor(type: Type<T>, allocator: Allocator, address: Ptr) {
    this.allocator = allocator;
    this.type = type;
    this[ADDRESS] = (address >>> 0) as Ptr;
    this[BASE] = windowOf(allocator.memory);
    this[EPOCH] = allocator.epoch;
    this[SPENT_BY] = undefined;
    this[SHOWN] = undefined;
    this[PEEKED] = undefined;
    this[WINDOW] = undefined;
    this[POST] = undefined;
    if (hasScope(allocator)) this[POST] = enter(allocator, this);
    watch(this);
  }

  /** Address of the value. */
  get address(): Ptr {
    return this[ADDRESS];
  }
  set address(address: Ptr) {
    this[ADDRESS] = (address >>> 0) as Ptr;
  }

  /** The window for the handle's own accesses; never closed. */
  get base(): Window {
    return this[BASE];
  }

  /** Epoch of the allocator when the handle was made. */
  get epoch(): number {
    return this[EPOCH];
  }

  /** The operation that spent it; undefined while it is live. */
  get spentBy(): string | undefined {
    return this[SPENT_BY];
  }
  set spentBy(how: string | undefined) {
    this[SPENT_BY] = how;
  }

  get isLive(): boolean {
    return this[SPENT_BY] === undefined && this[EPOCH] === this.allocator.epoch;
  }

  /** The kind of handle: `"Box"`. */
  abstract get kind(): string;

  /** Returns what it owns in printable form, of bounded size. */
  abstract contents(): unknown;

  toJSON(): unknown {
    return this.isLive ? this.contents() : null;
  }

  toString(): string {
    return `${this.kind} of ${this.type["@alloc/Type"]}`;
  }

  /** Makes a test runner compare two handles by identity. */
  get [Symbol.toStringTag](): string {
    return `${this} at ${this.address}`;
  }

  [inspectKey](_depth: number, options: object, inspect?: Inspect): string {
    return printed(this, options, inspect);
  }

  abstract dispose(): void;

  /** Number of values at its address to drop with it, side by side. */
  abstract get size(): number;

  /** Releases a block, by the address of its first value. */
  abstract releaseAt(start: Ptr): void;

  /** Copies a value out of a block. */
  graveOf(start: Ptr, index: number): Grave<T> {
    const { type, allocator } = this;
    return copyOut(type, allocator.memory, start + index * type.layout.size, 1);
  }

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

  /** Returns the view of the value, with own fields. */
  show(): View<T> {
    const { type } = this;
    if (!type.hasParts) return type.get(this[BASE], this[ADDRESS]);
    this[SHOWN] ??= type.show(this.windowOfViews(), this[ADDRESS]);
    return this[SHOWN];
  }

  /** Returns the light view of the value. */
  showLight(): View<T> {
    const { type } = this;
    if (!type.hasParts) return type.get(this[BASE], this[ADDRESS]);
    this[PEEKED] ??= type.get(this.windowOfViews(), this[ADDRESS]);
    return this[PEEKED];
  }

  /** Returns the window for a view: of its own if the view makes further ones, which have to end with it. */
  windowOfViews(): Window {
    if (this.type.isFlat) return this[BASE];
    this[WINDOW] ??= new Window(this[BASE].memory, 0, 0, this[BASE]);
    return this[WINDOW];
  }

  /** Closes all views: the block ends or moves. */
  hide(): void {
    this[WINDOW]?.close();
    if (this.type.isFlat && this[SHOWN] !== undefined) closeView(this[SHOWN]);
    if (this.type.isFlat && this[PEEKED] !== undefined) closeView(this[PEEKED]);
    this[WINDOW] = this[SHOWN] = this[PEEKED] = undefined;
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
    this[POST]?.leave();
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
    this[POST]?.leave();
    return result;
  }

  /** Undoes the creation of the handle. */
  abandon(): void {
    this.retire("failure");
    this[POST]?.leave();
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
    const { type, allocator, epoch, address, size, [POST]: post } = this;
    if (type.drop !== undefined) new Ending(this, address, size, post).run(true);
    else if (epoch === allocator.epoch) this.releaseAt(address);
  }
}
