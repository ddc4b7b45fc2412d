/**
 * The machine of a Box.
 *
 *     live ── dispose ──▶ the value is dropped, then its block is released
 *          ├─ take ─────▶ the value is read out, its block is released
 *          └─ intoRaw ──▶ the block lives on, under its address
 *
 * A value is checked before there is a block for it, and written before anybody sees the Box.
 *
 * @module
 */
import type { Allocator, Ptr } from "@alloc/core";
import type { Box } from "./box.ts";
import { dropAll, nest } from "./dropping.ts";
import { orNoRoom } from "./factory.ts";
import { allocatorFor, Owner } from "./owner.ts";
import { requireValue, type Type, type View } from "./type.ts";

export class BoxMachine<T> extends Owner<T> implements Box<T> {
  override get kind(): string {
    return "Box";
  }

  get value(): View<T> {
    this.requireLive();
    return this.show();
  }

  get(): T {
    this.requireLive();
    return this.type.read(this.base, this.address);
  }

  set(value: T): void {
    this.requireLive();
    this.type.set(this.base, this.address, value);
  }

  clone(): Box<T> {
    this.requireLive();
    const { type, allocator } = this;
    return orNoRoom(
      tryBox("clone", type, type.read(this.base, this.address, true), allocator),
      type.layout,
      "a Box",
      type,
    );
  }

  take(): T {
    const value = this.get();
    this.spend("take");
    this.release();
    return value;
  }

  intoRaw(): Ptr {
    this.spend("intoRaw");
    return this.address;
  }

  leak(): View<T> {
    this.requireLive();
    const shown = this.show();
    // Not closed, since it is not to be hidden.
    this.window = undefined;
    this.spend("leak");
    return shown;
  }

  override dispose(): void {
    if (this.spentBy !== undefined) return;
    this.spend("dispose");
    nest(this.type, () => {
      try {
        dropAll(this.type, this.base.memory, this.address, 1);
      } finally {
        this.release();
      }
    });
  }

  release(): void {
    this.allocator.deallocate(this.address, this.type.layout);
  }
}

/** Makes a Box of a block that it shall own. */
export function boxOf<T>(type: Type<T>, ptr: Ptr, allocator: Allocator): BoxMachine<T> {
  try {
    return new BoxMachine(type, allocator, ptr);
  } catch (error) {
    allocator.deallocate(ptr, type.layout);
    throw error;
  }
}

/** Puts a value into a Box; undefined if there is no room. */
export function tryBox<T>(who: string, type: Type<T>, value: T, home: Allocator | undefined): Box<T> | undefined {
  const allocator = allocatorFor(`Box.${who}`, type, home);
  requireValue(type, value);
  const ptr = allocator.allocate(type.layout);
  if (ptr === 0) return undefined;
  return fill(boxOf(type, ptr, allocator), ({ base, address }) => type.write(base, address, value));
}

/** Fills a new Box. If that throws, its block is released, and nothing is dropped. */
export function fill<T>(box: BoxMachine<T>, write: (box: BoxMachine<T>) => void): Box<T> {
  try {
    write(box);
    return box;
  } catch (error) {
    box.spend("failure");
    box.release();
    throw error;
  }
}
