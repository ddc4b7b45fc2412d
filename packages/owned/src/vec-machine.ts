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
import { type Box, boxOf } from "./box.ts";
import { Buffer } from "./buffer.ts";
import { type Cursor, cursorOf, type Rows } from "./cursor.ts";
import { dropAll, nest } from "./dropping.ts";
import { sortElements } from "./sort.ts";
import { requireValue, type View } from "./type.ts";
import type { Vec } from "./vec.ts";
import { Place } from "./window.ts";

export class VecMachine<T> extends Buffer<T> implements Vec<T>, Rows<T> {
  length = 0;

  override get kind(): string {
    return "Vec";
  }

  push(value: T): void {
    this.requireLive();
    requireValue(this.type, value);
    if (this.length < this.capacity) this.type.root.write(this.placeOf(this.length), value);
    else this.pushAndGrow(value);
    this.length++;
  }

  pop(): T | undefined {
    this.requireLive();
    return this.length === 0 ? undefined : this.swapRemove(this.length - 1);
  }

  at(index: number): View<T> {
    requireIndex(index, this.length);
    return this.type.root.get(this.placeOf(index, this.openWindow()));
  }

  get(index: number): T {
    return this.type.root.read(this.livePlace(index));
  }

  set(index: number, value: T): void {
    this.type.root.set(this.livePlace(index), value);
  }

  insert(index: number, value: T): void {
    this.requireLive();
    requireIndex(index, this.length + 1);
    requireValue(this.type, value);
    const plain = this.type.plain(value);
    this.mustGrow(this.length, 1, true);
    this.moveElements(index + 1, index, this.length - index);
    this.length++;
    this.type.root.write(this.placeOf(index), plain);
  }

  remove(index: number): T {
    const value = this.get(index);
    this.length--;
    this.moveElements(index, index + 1, this.length - index);
    return value;
  }

  swapRemove(index: number): T {
    const value = this.get(index);
    this.length--;
    if (index !== this.length) this.moveElements(index, this.length, 1);
    return value;
  }

  extend(values: Iterable<T>): void {
    this.requireLive();
    const { type } = this;
    const plain = Array.from(values, (value) => {
      requireValue(type, value);
      return type.plain(value);
    });
    this.mustGrow(this.length, plain.length, true);
    for (const value of plain) type.root.write(this.placeOf(this.length++), value);
  }

  truncate(length: number): void {
    this.requireLive();
    requireIndex(length, Number.MAX_SAFE_INTEGER);
    const count = this.length - length;
    if (count <= 0) return;
    const { at } = this.placeOf(length);
    this.length = length;
    dropAll(this.type, this.place, at, count);
  }

  sort(compare?: (a: View<T>, b: View<T>) => number): void {
    this.requireLive();
    sortElements(this, this.address, compare);
  }

  cursor(): Cursor<T> {
    this.requireLive();
    return cursorOf(this);
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

  *[Symbol.iterator](): Iterator<View<T>> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  override dispose(): void {
    if (this.spentBy !== undefined) return;
    this.spend("dispose");
    nest(() => {
      try {
        dropAll(this.type, this.place, this.start, this.length);
      } finally {
        this.release();
      }
    });
  }

  placeOf(index: number, window = this.place.window): Place {
    const { size, align } = this.type.layout;
    return new Place(window, this.start + index * (size / align));
  }

  livePlace(index: number): Place {
    this.requireLive();
    requireIndex(index, this.length);
    return this.placeOf(index);
  }

  /** Pushes where the block has to move: the value may be what shows an element of it. */
  pushAndGrow(value: T): void {
    const plain = this.type.plain(value);
    this.mustGrow(this.length, 1, true);
    this.type.root.write(this.placeOf(this.length), plain);
  }

  moveElements(to: number, from: number, count: number): void {
    const { size } = this.type.layout;
    const start = this.address;
    this.allocator.memory.copy((start + to * size) as Ptr, (start + from * size) as Ptr, count * size);
  }
}
