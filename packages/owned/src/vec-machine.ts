/**
 * The machine of a Vec.
 *
 *     insert(1, x)     │ 0 │ 1 │ 2 │   │  ──▶  │ 0 │ x │ 1 │ 2 │        bytes move, and no object
 *     remove(1)        │ 0 │ x │ 1 │ 2 │  ──▶  │ 0 │ 1 │ 2 │▒▒▒│
 *
 * Whatever may throw happens before the first byte moves: the value is checked, copied out of what it shows, and there is room.
 *
 * @module
 */
import type { ArrayType, ArrayView, Ptr } from "@alloc/core";
import { array, requireIndex } from "./array.ts";
import type { Box } from "./box.ts";
import { boxOf } from "./box-machine.ts";
import { Buffer } from "./buffer.ts";
import { dropAll, nest } from "./dropping.ts";
import { OwnedError, shown } from "./errors.ts";
import type { Rows } from "./rows.ts";
import { sortElements } from "./sort.ts";
import { requireValue, type View } from "./type.ts";
import type { Vec } from "./vec.ts";
import { Window } from "./window.ts";

export class VecMachine<T> extends Buffer<T> implements Vec<T>, Rows {
  /** Elements; to be changed by {@link resize} alone. */
  length = 0;

  override get kind(): string {
    return "Vec";
  }

  push(value: T): void {
    this.requireLive();
    requireValue(this.type, value);
    if (this.length < this.capacity) this.write(this.length, value);
    else this.pushAndGrow(value);
    this.resize(this.length + 1);
  }

  pop(): T | undefined {
    this.requireLive();
    return this.length === 0 ? undefined : this.swapRemove(this.length - 1);
  }

  at(index: number): View<T> {
    requireIndex(index, this.length);
    return this.type.get(this.openWindow(), this.addressOf(index));
  }

  get(index: number): T {
    return this.type.read(this.base, this.liveAddress(index));
  }

  set(index: number, value: T): void {
    this.type.set(this.base, this.liveAddress(index), value);
  }

  insert(index: number, value: T): void {
    this.requireLive();
    requireIndex(index, this.length + 1);
    requireValue(this.type, value);
    const plain = this.type.plain(value);
    this.mustGrow(this.length, 1, true);
    this.moveElements(index + 1, index, this.length - index);
    this.resize(this.length + 1);
    this.write(index, plain);
  }

  remove(index: number): T {
    const value = this.get(index);
    this.resize(this.length - 1);
    this.moveElements(index, index + 1, this.length - index);
    return value;
  }

  swapRemove(index: number): T {
    const value = this.get(index);
    this.resize(this.length - 1);
    if (index !== this.length) this.moveElements(index, this.length, 1);
    return value;
  }

  extend(values: Iterable<T>): void {
    this.requireLive();
    const { type } = this;
    if (typeof values?.[Symbol.iterator] !== "function") {
      throw new OwnedError("value", `a list of ${type["@alloc/Type"]} was expected, came ${shown(values)}`);
    }
    const plain = Array.from(values, (value) => {
      requireValue(type, value);
      return type.plain(value);
    });
    this.mustGrow(this.length, plain.length, true);
    for (const value of plain) {
      this.write(this.length, value);
      this.resize(this.length + 1);
    }
  }

  truncate(length: number): void {
    this.requireLive();
    requireIndex(length, Number.MAX_SAFE_INTEGER);
    const count = this.length - length;
    if (count <= 0) return;
    this.resize(length);
    dropAll(this.type, this.base.memory, this.addressOf(length), count);
  }

  sort(compare?: (a: View<T>, b: View<T>) => number): void {
    this.requireLive();
    sortElements(this, this.type, this.address, compare);
  }

  view<V extends ArrayView>(Type: ArrayType<V>): V {
    this.requireLive();
    const bytes = this.length * this.type.layout.size;
    return this.allocator.memory.view(Type, this.address, Math.floor(bytes / Type.BYTES_PER_ELEMENT));
  }

  reserve(additional: number): void {
    this.mustGrow(this.length, additional, true);
  }

  reserveExact(additional: number): void {
    this.mustGrow(this.length, additional, false);
  }

  shrinkToFit(): void {
    this.shrinkTo(this.length);
  }

  intoBox(): Box<T[]> {
    this.shrinkToFit();
    const type = array(this.type, this.length);
    this.spend("intoBox");
    return boxOf(type, this.address, this.allocator);
  }

  [Symbol.iterator](): Iterator<View<T>> {
    return this.type.each(this);
  }

  override dispose(): void {
    if (this.spentBy !== undefined) return;
    this.spend("dispose");
    nest(this.type, () => {
      try {
        dropAll(this.type, this.base.memory, this.address, this.length);
      } finally {
        this.release();
      }
    });
  }

  openWindow(): Window {
    return this.window ?? this.makeWindow();
  }

  makeWindow(): Window {
    this.requireLive();
    this.window = new Window(this.allocator.memory, this.address, this.addressOf(this.length));
    return this.window;
  }

  resize(length: number): void {
    this.length = length;
    if (this.window !== undefined) this.window.end = this.addressOf(length);
  }

  addressOf(index: number): Ptr {
    return (this.address + index * this.type.layout.size) as Ptr;
  }

  liveAddress(index: number): Ptr {
    this.requireLive();
    requireIndex(index, this.length);
    return this.addressOf(index);
  }

  write(index: number, value: T): void {
    this.type.write(this.base, this.addressOf(index), value);
  }

  /** Pushes where the block has to move: the value may be what shows an element of it. */
  pushAndGrow(value: T): void {
    const plain = this.type.plain(value);
    this.mustGrow(this.length, 1, true);
    this.write(this.length, plain);
  }

  moveElements(to: number, from: number, count: number): void {
    this.allocator.memory.copy(this.addressOf(to), this.addressOf(from), count * this.type.layout.size);
  }
}
