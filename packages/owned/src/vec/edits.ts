/**
 * Edits: the methods of a Vec that change or search a range of elements.
 *
 *     retain     │ 0 │ 1 │ 2 │ 3 │  ──▶  │ 0 │ 2 │ 3 │ ▒ │            1 is dropped from a copy, when all have moved
 *     splice     │ 0 │ 1 │ 2 │ 3 │  ──▶  │ 0 │ a │ b │ 2 │ 3 │        1 is returned, a and b take its place
 *     fill       │ 0 │ 1 │ 2 │ 3 │  ──▶  │ 0 │ v │ v │ v │            1 to 3 are dropped from a copy
 *
 * Callbacks, getters and clone functions run first. If they throw, or change the length or the block of the Vec, nothing else has
 * changed. Drop functions run last, for each dropped element once, even if one throws.
 *
 * @module
 */
import type { ArrayType, ArrayView } from "@alloc/core";
import { attempt, rethrow, shown } from "@alloc/core/author";
import { OwnedError } from "../errors.ts";
import { cloneAt } from "../handles/box-machine.ts";
import { isSame } from "../values/alias.ts";
import { copyOut, discard, gather } from "../values/grave.ts";
import { type Parts, taken, type View } from "../values/type.ts";
import { Copies } from "./copies.ts";
import { listed } from "./listed.ts";
import type { VecMachine } from "./vec-machine.ts";

/** Converts an index as the methods of Array do: a negative one counts from the end, and each is kept in range. */
export function relative(index: number, length: number): number {
  if (!Number.isInteger(index) && index !== Infinity && index !== -Infinity) {
    throw new OwnedError("index", `expected an integer, got ${shown(index)}`);
  }
  return index < 0 ? Math.max(length + index, 0) : Math.min(index, length);
}

export function retainElements<T>(vec: VecMachine<T>, keeps: (element: View<T>, index: number) => unknown): void {
  const { type, allocator, address, length } = vec;
  const lost: number[] = [];
  for (let index = 0; index < length; index++) {
    if (!keeps(vec.peek(index), index)) lost.push(index);
    vec.requireSame(address, length);
  }
  const places = lost.map((index) => vec.addressOf(index));
  const grave = type.drop && gather(type, allocator.memory, places);
  let to = lost[0] ?? length;
  for (const [nth, index] of lost.entries()) {
    const count = (lost[nth + 1] ?? length) - index - 1;
    vec.moveElements(to, index + 1, count);
    to += count;
  }
  vec.setLength(to);
  grave?.drop();
}

export function spliceElements<T>(vec: VecMachine<T>, start: number, count: number, values: readonly T[]): T[] {
  const { type, base, address, length } = vec;
  const list = listed(type, values, vec.allocator.memory);
  vec.requireSame(address, length);
  const removed: T[] = [];
  for (let index = start; index < start + count; index++) removed.push(type.read(base, vec.addressOf(index)));
  if (list.length > count) vec.mustGrow(length, list.length - count, true);
  vec.moveElements(start + list.length, start + count, length - start - count);
  list.writeAt(base, vec.addressOf(start));
  vec.setLength(length + list.length - count);
  return removed;
}

export function extendWithCopies<T>(vec: VecMachine<T>, count: number, value: T): void {
  const { address, length } = vec;
  // Before the clones: a length without room would make a billion of them first.
  vec.mustFit(length, count);
  const copies = new Copies(vec.type, value, count);
  try {
    vec.requireSame(address, length);
    vec.mustGrow(length, count, true);
  } catch (error) {
    copies.discard(error);
  }
  copies.writeAt(vec.base, vec.addressOf(length));
  vec.setLength(length + count);
}

export function fillElements<T>(vec: VecMachine<T>, value: T, start: number, count: number): void {
  const { type, address, length } = vec;
  const copies = new Copies(type, value, count);
  let grave: ReturnType<typeof copyOut<T>> | undefined;
  try {
    vec.requireSame(address, length);
    grave = type.drop && copyOut(type, vec.allocator.memory, vec.addressOf(start), count);
  } catch (error) {
    copies.discard(error);
  }
  copies.writeAt(vec.base, vec.addressOf(start));
  grave?.drop();
}

/** Appends the elements of another Vec of the same type, which has no drop function: one copy of their bytes. */
export function extendWithVec<T>(vec: VecMachine<T>, source: VecMachine<T>, start: number, count: number): void {
  source.requireLive();
  const { address, length } = source;
  const bytes = count * vec.type.layout.size;
  vec.mustGrow(vec.length, count, true);
  // A Vec that is appended to itself has moved with its growth.
  if (source !== vec) source.requireSame(address, length);
  const from = source.allocator.memory.view(Uint8Array, source.addressOf(start), bytes);
  vec.allocator.memory.view(Uint8Array, vec.addressOf(vec.length), bytes).set(from);
  vec.setLength(vec.length + count);
}

/** Appends clones of the elements of another Vec, whose type has a drop function. */
export function extendWithClones<T>(vec: VecMachine<T>, source: VecMachine<T>, start: number, count: number): void {
  const { type, base, address, length } = source;
  const parts: Parts[] = [];
  try {
    for (let index = start; index < start + count; index++) {
      parts.push(cloneAt(type, base, source.addressOf(index)));
      source.requireSame(address, length);
    }
    vec.mustGrow(vec.length, count, true);
  } catch (error) {
    const errors = [error];
    for (const clone of parts) attempt(errors, () => discard(type, clone));
    rethrow(errors);
    throw error;
  }
  for (const [nth, part] of parts.entries()) type.put(vec.base, vec.addressOf(vec.length + nth), part);
  vec.setLength(vec.length + count);
}

export function indexOfElement<T>(vec: VecMachine<T>, value: T, start: number): number {
  const { type, base, length, address } = vec;
  if (type.Array !== undefined) {
    const list = vec.allocator.memory.view<ArrayView>(type.Array as ArrayType, address, length);
    return (list as unknown as unknown[]).indexOf(value, start);
  }
  const parts = type.hasParts ? taken(type, value, true) : value;
  vec.requireSame(address, length);
  for (let index = start; index < length; index++) {
    const element = type.get(base, vec.addressOf(index));
    if (type.hasParts ? isSame(taken(type, element, true), parts) : element === value) return index;
  }
  return -1;
}

/** Returns the number of elements of a range from a start to an end, as the methods of Array take them. */
export function countOf(start: number, end: number, length: number): number {
  return Math.max(relative(end, length) - relative(start, length), 0);
}
