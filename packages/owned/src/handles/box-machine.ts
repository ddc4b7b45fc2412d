/**
 * BoxMachine: the implementation of Box.
 *
 *     live ── dispose ──▶ the value is dropped, then its block is released
 *          ├─ take ─────▶ the value is read out, its block is released
 *          └─ intoRaw ──▶ the block lives on under its address
 *
 * A value is read and checked before a block is allocated, and written before the Box is visible to the caller.
 *
 * @module
 */
import { type Allocator, handleAllocError, MisuseError, type Ptr } from "@alloc/core";
import { orDiscard } from "../values/grave.ts";
import { replace } from "../values/place.ts";
import { fieldsOf } from "../values/plain.ts";
import { type Parts, type Type, taken, type View } from "../values/type.ts";
import { Window } from "../values/window.ts";
import type { Box } from "./box.ts";
import { end } from "./dropping.ts";
import { giveBack, orGiveBack } from "./factory.ts";
import { allocatorFor } from "./home.ts";
import { Owner, PEEKED, POST, SHOWN, WINDOW } from "./owner.ts";

export class BoxMachine<T> extends Owner<T> implements Box<T> {
  // An implicit constructor passes its arguments as a list, which takes longer.
  constructor(type: Type<T>, allocator: Allocator, address: Ptr) {
    super(type, allocator, address);
  }

  override get kind(): string {
    return "Box";
  }

  override get size(): number {
    return 1;
  }

  get value(): View<T> {
    this.requireLive();
    return this.show();
  }

  peek(): View<T> {
    this.requireLive();
    return this.showLight();
  }

  get(): T {
    this.requireLive();
    return this.type.read(this.base, this.address, true);
  }

  set(value: T): void {
    this.requireLive();
    const { type, base, address } = this;
    if (type.hasParts) {
      const parts = this.takenFor(value, address);
      if (parts !== undefined) replace(type, base, address, parts);
    } else type.set(base, address, value); // has no getters and no drop function
  }

  clone(): Box<T> {
    this.requireLive();
    const { type, allocator, base, address } = this;
    const block = allocator.allocate(type.layout);
    if (block === 0) return handleAllocError(type.layout, ` for a Box of ${type["@alloc/Type"]}`);
    return orGiveBack(allocator, block, type.layout, () => {
      const parts = cloneAt(type, base, address);
      return orDiscard(type, parts, () => {
        requireEpoch(allocator, this.epoch);
        const box = new BoxMachine(type, allocator, block);
        type.put(base, block, parts);
        return box;
      });
    });
  }

  take(): T {
    this.requireLive();
    const value = this.type.read(this.base, this.address);
    this.spending("take", () => this.releaseAt(this.address));
    return value;
  }

  intoRaw(): Ptr {
    this.giveAway("intoRaw");
    return this.address;
  }

  leak(): View<T> {
    this.requireLive();
    const shown = this.show();
    // Kept open, so that closing the handle does not hide the view.
    this[WINDOW] = this[SHOWN] = this[PEEKED] = undefined;
    this.giveAway("leak");
    return shown;
  }

  override dispose(): void {
    if (!this.isToEnd) return;
    this.retire("dispose");
    end(this, this.address, 1, this[POST]);
  }

  override releaseAt(start: Ptr): void {
    this.allocator.deallocate(start, this.type.layout);
  }

  override contents(): unknown {
    return fieldsOf(this.type.get(this.base, this.address));
  }
}

/** Throws if user functions reset or ended the allocator meanwhile. */
export function requireEpoch(allocator: Allocator, epoch: number): void {
  if (allocator.epoch === epoch) return;
  throw new MisuseError("disposed", "the allocator was reset or disposed of by a function called during the operation");
}

/** Makes a second value from one in memory: reads all of it, then runs the clone functions. */
export function cloneAt<T>(type: Type<T>, window: Window, at: number): Parts {
  const value = type.read(window, at);
  return taken(type, type.clone === undefined ? value : type.clone(value as never));
}

/** Puts a value into a Box; returns undefined if there is no room. */
export function tryBox<T>(caller: string, type: Type<T>, value: T, home: Allocator | undefined): Box<T> | undefined {
  const allocator = allocatorFor(caller, type, home);
  const parts = taken(type, value);
  const ptr = allocator.allocate(type.layout);
  if (ptr === 0) return undefined;
  const { epoch } = allocator;
  let box: BoxMachine<T>;
  try {
    box = new BoxMachine(type, allocator, ptr);
  } catch (error) {
    giveBack(allocator, epoch, ptr, type.layout, error);
  }
  type.put(box.base, ptr, parts);
  return box;
}

/** Builds a value in a zeroed block, which has no owner until the value is complete. */
export function build<T>(type: Type<T>, allocator: Allocator, use: (value: View<T>) => void): Box<T> | undefined {
  const ptr = allocator.allocateZeroed(type.layout);
  if (ptr === 0) return undefined;
  const { epoch } = allocator;
  const window = new Window(allocator.memory);
  return orGiveBack(allocator, ptr, type.layout, () => {
    try {
      const shown = type.show(window, ptr);
      use(shown);
      requireEpoch(allocator, epoch);
      const box = new BoxMachine(type, allocator, ptr);
      box[WINDOW] = window;
      if (type.hasParts) box[SHOWN] = shown;
      return box;
    } catch (error) {
      window.close();
      throw error;
    }
  });
}
