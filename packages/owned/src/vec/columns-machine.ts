/**
 * ColumnsMachine: the implementation of Columns.
 *
 *     capacity 4     │ x │ x │ x │▒▒▒│ id │ id │ id │▒▒▒▒│        one block, each column at a multiple of its align
 *                    ├─ window 0 ┤   ├── window 1 ──┤              of the elements in use
 *
 * Each column has a window of its own, from its first element to the end of its last. All views of rows and columns read through
 * these, so a removed element cannot be replaced, and all views end when the block moves. As in a Vec, everything that may throw
 * happens before the first byte changes.
 *
 * @module
 */
import { type Allocator, type ArrayType, type ArrayView, handleAllocError, Layout, type Ptr } from "@alloc/core";
import { hide, shown } from "@alloc/core/author";
import { OwnedError } from "../errors.ts";
import { end } from "../handles/dropping.ts";
import { orGiveBack } from "../handles/factory.ts";
import { MOVING, Owner, POST } from "../handles/owner.ts";
import { noteCopy, takenInstead } from "../values/alias.ts";
import { ArrayItems, requireIndex } from "../values/array-items.ts";
import { Grave } from "../values/grave.ts";
import { firstOf } from "../values/plain.ts";
import type { Member } from "../values/struct-view.ts";
import { type Items, type Parts, type Type, taken, type View } from "../values/type.ts";
import { Window } from "../values/window.ts";
import type { Columns, ColumnView } from "./columns.ts";
import { type RowClass, rowOf } from "./row.ts";

/** Returns the layout of a block, and the offset of each column in it. */
export function columnsOf(members: readonly Member[], capacity: number): { layout: Layout; offsets: number[] } {
  let layout = Layout.of(0, 1);
  const offsets: number[] = [];
  for (const { type } of members) {
    const { layout: whole, offset } = layout.extend(Layout.array(type.layout, capacity));
    offsets.push(offset);
    layout = whole;
  }
  return { layout, offsets };
}

export class ColumnsMachine<T extends object> extends Owner<T> implements Columns<T> {
  /** Number of rows; changed only by {@link setLength}. */
  length = 0;
  capacity: number;
  declare layout: Layout;
  declare windows: readonly Window[];
  declare readonly Row: RowClass;

  constructor(type: Type<T>, allocator: Allocator, ptr: Ptr, capacity: number) {
    super(type, allocator, ptr);
    this.capacity = capacity;
    const { layout, offsets } = columnsOf(type.members!, capacity);
    hide(this, { layout, windows: this.windowsAt(ptr, offsets), Row: rowOf(type as Type<never>) });
  }

  override get kind(): string {
    return "Columns";
  }

  override get size(): number {
    return this.length;
  }

  push(value: T): void {
    const parts = this.taken(value);
    if (this.length >= this.capacity) this.mustGrow(1);
    this.putRow(this.length, parts);
    this.setLength(this.length + 1);
  }

  pop(): T | undefined {
    this.requireLive();
    return this.length === 0 ? undefined : this.swapRemove(this.length - 1);
  }

  row(index: number): View<T> {
    this.requireRow(index);
    return new this.Row(this.windows, index) as unknown as View<T>;
  }

  get(index: number): T {
    this.requireRow(index);
    const value = this.readRow(index, true);
    return this.type.drop === undefined ? value : noteCopy(value);
  }

  set(index: number, value: T): void {
    this.requireRow(index);
    const { type, address, length } = this;
    const parts = takenInstead(type, value, () => this.row(index));
    this.requireSame(address, length);
    if (parts === undefined) return;
    const grave = type.drop && this.graveOf(address, index);
    this.putRow(index, parts);
    grave?.drop();
  }

  swapRemove(index: number): T {
    this.requireRow(index);
    const value = this.readRow(index);
    const last = this.length - 1;
    for (const [nth, { type }] of this.members.entries()) {
      const { start } = this.windows[nth]!;
      const { size } = type.layout;
      if (index !== last) this.allocator.memory.copy((start + index * size) as Ptr, (start + last * size) as Ptr, size);
    }
    this.setLength(last);
    return value;
  }

  extend(values: Iterable<T>): void {
    this.requireLive();
    const { address, length, type } = this;
    if (typeof values?.[Symbol.iterator] !== "function") {
      throw new OwnedError("value", `expected a list of ${type["@alloc/Type"]}, got ${shown(values)}`);
    }
    const list = Array.from(values, (value): Parts => taken(type, value));
    this.requireSame(address, length);
    this.reserve(list.length);
    for (const [nth, parts] of list.entries()) this.putRow(length + nth, parts);
    this.setLength(length + list.length);
  }

  truncate(length: number): void {
    this.requireLive();
    requireIndex(length, Number.MAX_SAFE_INTEGER);
    const count = this.length - length;
    if (count <= 0) return;
    const grave = this.type.drop && this.graveOf(this.address, length, count);
    this.setLength(length);
    grave?.drop();
  }

  clear(): void {
    this.truncate(0);
  }

  reserve(additional: number): void {
    this.requireLive();
    Layout.array(this.type.layout, additional);
    if (this.length + additional > this.capacity) this.mustGrow(additional);
  }

  view<Name extends keyof T>(name: Name): ColumnView<unknown, Name> {
    this.requireLive();
    const { type, start } = this.column(name);
    if (type.Array === undefined) {
      throw new OwnedError(
        "type",
        `no typed array has elements of type ${type["@alloc/Type"]}: use items(${shown(name)})`,
      );
    }
    const Type = type.Array as ArrayType;
    return this.allocator.memory.view<ArrayView>(Type, start as Ptr, this.length) as ColumnView<unknown, Name>;
  }

  items<Name extends keyof T>(name: Name): Items<T[Name]> {
    this.requireLive();
    const { type, start, window } = this.column(name);
    return new ArrayItems(type as Type<T[Name]>, this.length, window, start);
  }

  *[Symbol.iterator](): Iterator<View<T>> {
    for (let index = 0; index < this.length; index++) yield this.row(index);
  }

  override dispose(): void {
    if (!this.isToEnd) return;
    this.retire("dispose");
    end(this, this.address, this.length, this[POST]);
  }

  override contents(): unknown {
    return firstOf(this.length, (index) => this.row(index));
  }

  override toString(): string {
    return `${super.toString()}, length ${this.length}`;
  }

  /** Copies rows out of their columns, field by field. */
  override graveOf(_block: Ptr, index: number, count = 1): Grave<T> {
    const { memory } = this.allocator;
    for (const [nth, { type }] of this.members.entries()) {
      memory.view(Uint8Array, (this.windows[nth]!.start + index * type.layout.size) as Ptr, count * type.layout.size);
    }
    const grave = new Grave(this.type, count);
    const { u8 } = grave.window;
    for (const [nth, { type, offset }] of this.members.entries()) {
      const { size } = type.layout;
      for (let row = 0; row < count; row++) {
        const from = this.windows[nth]!.start + (index + row) * size;
        u8.set(memory.u8.subarray(from, from + size), grave.at + row * this.type.layout.size + offset);
      }
    }
    return grave;
  }

  override releaseAt(start: Ptr): void {
    this.allocator.deallocate(start, this.layout);
  }

  /** Closes all views. */
  override hide(): void {
    for (const window of this.windows ?? []) window.close();
  }

  get members(): readonly Member[] {
    return this.type.members!;
  }

  column(name: PropertyKey): { type: Type<unknown>; start: number; window: Window } {
    const nth = this.members.findIndex((member) => member.name === name);
    if (nth < 0) throw new OwnedError("type", `${this.type["@alloc/Type"]} has no field ${shown(name)}`);
    const window = this.windows[nth]!;
    return { type: this.members[nth]!.type, start: window.start, window };
  }

  requireRow(index: number): void {
    this.requireLive();
    requireIndex(index, this.length);
  }

  readRow(index: number, isCopy = false): T {
    const value: Record<string, unknown> = {};
    for (const [nth, { name, type }] of this.members.entries()) {
      value[name] = type.read(this.base, this.windows[nth]!.start + index * type.layout.size, isCopy);
    }
    return value as T;
  }

  putRow(index: number, parts: Parts): void {
    for (const [nth, { type }] of this.members.entries()) {
      const at = this.windows[nth]!.start + index * type.layout.size;
      type.put(this.base, at, (parts as readonly unknown[])[nth]);
    }
  }

  setLength(length: number): void {
    this.length = length;
    for (const [nth, { type }] of this.members.entries()) {
      const window = this.windows[nth]!;
      window.end = window.start + length * type.layout.size;
    }
  }

  windowsAt(block: Ptr, offsets: readonly number[]): Window[] {
    const { memory } = this.allocator;
    return this.members.map(({ type }, nth) => {
      const start = block + offsets[nth]!;
      return new Window(memory, start, start + this.length * type.layout.size, this.base);
    });
  }

  /** Makes room for more rows: for twice as many if that fits, otherwise for as many as needed. */
  mustGrow(additional: number): void {
    const needed = this.length + additional;
    const doubled = Math.max(2 * this.capacity, 4);
    if (doubled > needed && this.hasMoved(doubled)) return;
    if (!this.hasMoved(needed)) {
      handleAllocError(columnsOf(this.members, needed).layout, " for Columns that grow");
    }
  }

  /** Moves the rows to a block with room for `capacity` of them; returns false if there is none. */
  hasMoved(capacity: number): boolean {
    const { allocator, address, layout, windows, members } = this;
    const to = columnsOf(members, capacity);
    return this.whileMoving(() => {
      const block = allocator.allocate(to.layout);
      if (block === 0) return false;
      orGiveBack(allocator, block, to.layout, () => {
        if (this.spentBy !== MOVING) throw this.refusal();
        for (const [nth, { type }] of members.entries()) {
          const from = windows[nth]!.start as Ptr;
          allocator.memory.copy((block + to.offsets[nth]!) as Ptr, from, this.length * type.layout.size);
        }
      });
      this.hide();
      this.windows = this.windowsAt(block, to.offsets);
      this.address = block;
      this.layout = to.layout;
      this.capacity = capacity;
      allocator.deallocate(address, layout);
      return true;
    });
  }
}
