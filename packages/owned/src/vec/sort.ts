/**
 * Sorts elements in memory: compares views of a copy, then reorders the elements.
 *
 *     elements ──copy──▶ compared ──▶ order ──▶ unchanged? ──▶ elements in order
 *                                                         └─no──▶ MisuseError("reentrant"), nothing has moved
 *
 * @module
 */
import { type ArrayView, Memory, MisuseError, type Ptr } from "@alloc/core";
import { OwnedError } from "../errors.ts";
import type { Type, View } from "../values/type.ts";
import { Window } from "../values/window.ts";

type Compare<T> = (a: View<T>, b: View<T>) => number;

/** The sorted Vec. */
interface Sorted {
  readonly address: Ptr;
  readonly length: number;
  /** Throws if user functions ended, moved or resized it. */
  requireSame(address: Ptr, length: number): void;
}

/** Sorts elements. If the comparison throws or changes the elements, nothing has moved. */
export function sortElements<T>(vec: Sorted, type: Type<T>, memory: Memory, compare?: Compare<T>): void {
  const { address, length } = vec;
  const { size } = type.layout;
  if (compare === undefined && type.hasParts) {
    throw new OwnedError("type", `sort expects a comparison for elements of type ${type["@alloc/Type"]}`);
  }
  if (length * size === 0) return;
  if (compare === undefined && type.Array !== undefined) {
    memory.view<ArrayView>(type.Array, address, length).sort();
    return;
  }
  const order = compare ?? ascending;
  const copy = memory.view(Uint8Array, address, length * size).slice();
  const window = new Window(Memory.over(copy.buffer));
  const shown = Array.from({ length }, (_, index) => ({ at: index * size, view: type.get(window, index * size) }));
  try {
    shown.sort((a, b) => order(a.view, b.view));
  } finally {
    window.close();
  }
  vec.requireSame(address, length);
  const bytes = memory.view(Uint8Array, address, length * size);
  if (!isSame(bytes, copy)) {
    throw new MisuseError("reentrant", "the comparison has changed elements of the Vec: nothing has moved");
  }
  let to = 0;
  for (const { at } of shown) {
    bytes.set(copy.subarray(at, at + size), to);
    to += size;
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}

function ascending<T>(a: View<T>, b: View<T>): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
