/**
 * VecMachine: the implementation of Vec, a buffer with a length.
 *
 *     push      │ 0 │ 1 │ 2 │ ◀── value │▒▒▒│
 *     insert    │ 0 │ ◀── value │ 1 │ 2 │▒▒▒│          later elements move up
 *     remove    │ 0 │ 2 │▒▒▒│▒▒▒│                      later elements move down
 *
 * Everything that may throw happens before the first byte moves: the value is read and checked, and room is made. User code runs
 * before that, or after everything is done.
 *
 * @module
 */
import { type ArrayType, type ArrayView, Layout, type Ptr } from "@alloc/core";
import { requireFunction } from "@alloc/core/author";
import type { Box } from "../handles/box.ts";
import { BoxMachine } from "../handles/box-machine.ts";
import { end } from "../handles/dropping.ts";
import { POST, WINDOW } from "../handles/owner.ts";
import { array } from "../values/array.ts";
import { indexFrom, requireIndex } from "../values/array-items.ts";
import { copyOut } from "../values/grave.ts";
import { replace } from "../values/place.ts";
import { firstOf } from "../values/plain.ts";
import type { Rows } from "../values/rows.ts";
import type { View } from "../values/type.ts";
import { Window } from "../values/window.ts";
import { allocateBuffer, Buffer } from "./buffer.ts";
import {
  countOf,
  extendWithClones,
  extendWithCopies,
  extendWithVec,
  fillElements,
  indexOfElement,
  relative,
  retainElements,
  spliceElements,
} from "./edits.ts";
import { listed } from "./listed.ts";
import { sortElements } from "./sort.ts";
import type { Vec } from "./vec.ts";

export class VecMachine<T> extends Buffer<T> implements Vec<T>, Rows {
  /** Number of elements; changed only by {@link setLength}. */
  length = 0;

  override get kind(): string {
    return "Vec";
  }

  override get size(): number {
    return this.length;
  }

  push(value: T): void {
    const parts = this.taken(value);
    if (this.length >= this.capacity) this.mustGrow(this.length, 1, true);
    this.type.put(this.base, this.addressOf(this.length), parts);
    this.setLength(this.length + 1);
  }

  pop(): T | undefined {
    this.requireLive();
    return this.length === 0 ? undefined : this.swapRemove(this.length - 1);
  }

  at(index: number): View<T> {
    const nth = indexFrom(index, this.length);
    return this.type.show(this.openWindow(), this.addressOf(nth));
  }

  peek(index: number): View<T> {
    const nth = indexFrom(index, this.length);
    return this.type.get(this.openWindow(), this.addressOf(nth));
  }

  get(index: number): T {
    return this.type.read(this.base, this.liveAddress(index), true);
  }

  set(index: number, value: T): void {
    const at = this.liveAddress(index);
    const { type, base } = this;
    if (type.hasParts) {
      const parts = this.takenFor(value, at);
      if (parts !== undefined) replace(type, base, at, parts);
    } else type.set(base, at, value); // has no getters and no drop function
  }

  insert(index: number, value: T): void {
    this.requireLive();
    requireIndex(index, this.length + 1);
    const parts = this.taken(value);
    this.mustGrow(this.length, 1, true);
    this.moveElements(index + 1, index, this.length - index);
    this.setLength(this.length + 1);
    this.type.put(this.base, this.addressOf(index), parts);
  }

  remove(index: number): T {
    const value = this.type.read(this.base, this.liveAddress(index));
    this.setLength(this.length - 1);
    this.moveElements(index, index + 1, this.length - index);
    return value;
  }

  swapRemove(index: number): T {
    const value = this.type.read(this.base, this.liveAddress(index));
    this.setLength(this.length - 1);
    if (index !== this.length) this.moveElements(index, this.length, 1);
    return value;
  }

  extend(values: Iterable<T>): void {
    this.requireLive();
    if (values instanceof VecMachine && values.type === this.type && this.type.drop === undefined) {
      extendWithVec(this, values, 0, values.length);
      return;
    }
    const { address, length } = this;
    const list = listed(this.type, values, this.allocator.memory);
    this.requireSame(address, length);
    this.mustGrow(length, list.length, true);
    list.writeAt(this.base, this.addressOf(length));
    this.setLength(length + list.length);
  }

  truncate(length: number): void {
    this.requireLive();
    requireIndex(length, Number.MAX_SAFE_INTEGER);
    const count = this.length - length;
    if (count <= 0) return;
    const { type, base } = this;
    const grave = type.drop && copyOut(type, base.memory, this.addressOf(length), count);
    this.setLength(length);
    grave?.drop();
  }

  clear(): void {
    this.truncate(0);
  }

  retain(keeps: (element: View<T>, index: number) => unknown): void {
    this.requireLive();
    requireFunction("vec.retain((element) => element.x > 0)", keeps);
    retainElements(this, keeps);
  }

  splice(start: number, count = Infinity, ...values: T[]): T[] {
    this.requireLive();
    const { length } = this;
    const first = relative(start, length);
    return spliceElements(this, first, relative(Math.max(count, 0), length - first), values);
  }

  drain(start = 0, end = this.length): T[] {
    this.requireLive();
    requireIndex(end, this.length + 1);
    requireIndex(start, end + 1);
    return spliceElements(this, start, end - start, []);
  }

  resize(length: number, value: T): void {
    this.requireLive();
    requireIndex(length, Number.MAX_SAFE_INTEGER);
    if (length > this.length) extendWithCopies(this, length - this.length, value);
    else this.truncate(length);
  }

  fill(value: T, start = 0, end = Infinity): void {
    this.requireLive();
    const count = countOf(start, end, this.length);
    if (count > 0) fillElements(this, value, relative(start, this.length), count);
  }

  slice(start = 0, end = Infinity): Vec<T> {
    this.requireLive();
    const { type, allocator, length } = this;
    const none = Layout.array(type.layout, 0);
    const vec = allocateBuffer("vec.slice", allocator, none, (ptr) => new VecMachine(type, allocator, ptr, none));
    try {
      const extend = type.drop === undefined ? extendWithVec : extendWithClones;
      extend(vec, this as VecMachine<T>, relative(start, length), countOf(start, end, length));
      return vec;
    } catch (error) {
      vec.dispose();
      throw error;
    }
  }

  indexOf(value: T, start = 0): number {
    this.requireLive();
    return indexOfElement(this, value, relative(start, this.length));
  }

  *entries(): IterableIterator<[index: number, element: View<T>]> {
    let index = 0;
    for (const element of this) yield [index++, element];
  }

  sort(compare?: (a: View<T>, b: View<T>) => number): void {
    this.requireLive();
    sortElements(this, this.type, this.allocator.memory, compare);
  }

  view<V extends ArrayView>(Type: ArrayType<V>): V {
    this.requireLive();
    const size = Type?.BYTES_PER_ELEMENT; // the memory refuses what is no typed array
    // Views the block first: an empty view then starts at its address, so callers that fill it by hand find the place.
    const room = this.allocator.memory.view(Type, this.address, Math.floor(this.layout.size / size));
    return room.subarray(0, Math.floor((this.length * this.type.layout.size) / size)) as V;
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
    return this.spending("intoBox", () => new BoxMachine(type, this.allocator, this.address));
  }

  [Symbol.iterator](): Iterator<View<T>> {
    return this.type.each(this);
  }

  override dispose(): void {
    if (!this.isToEnd) return;
    this.retire("dispose");
    end(this, this.address, this.length, this[POST]);
  }

  override contents(): unknown {
    return firstOf(this.length, (index) => this.at(index));
  }

  override toString(): string {
    return `${super.toString()}, length ${this.length}`;
  }

  openWindow(): Window {
    const window = this[WINDOW];
    return window !== undefined && this.epoch === this.allocator.epoch ? window : this.makeWindow();
  }

  makeWindow(): Window {
    this.requireLive();
    this[WINDOW] = new Window(this.allocator.memory, this.address, this.addressOf(this.length));
    return this[WINDOW];
  }

  setLength(length: number): void {
    this.length = length;
    if (this[WINDOW] !== undefined) this[WINDOW].end = this.addressOf(length);
  }

  addressOf(index: number): Ptr {
    return (this.address + index * this.type.layout.size) as Ptr;
  }

  liveAddress(index: number): Ptr {
    this.requireLive();
    requireIndex(index, this.length);
    return this.addressOf(index);
  }

  moveElements(to: number, from: number, count: number): void {
    this.allocator.memory.copy(this.addressOf(to), this.addressOf(from), count * this.type.layout.size);
  }
}
