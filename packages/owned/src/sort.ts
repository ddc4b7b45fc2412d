/**
 * Sorting elements in memory: their numbers are sorted, and then their bytes put where these say.
 *
 * @module
 */
import type { ArrayView, Ptr } from "@alloc/core";
import { OwnedError } from "./errors.ts";
import type { Rows } from "./rows.ts";
import type { Type, View } from "./type.ts";

type Compare<T> = (a: View<T>, b: View<T>) => number;

/** Sorts the elements at an address. If the comparison throws, or moves the block, nothing has moved. */
export function sortElements<T>(rows: Rows, type: Type<T>, ptr: Ptr, compare?: Compare<T>): void {
  const { length } = rows;
  const { size } = type.layout;
  if (compare === undefined && type.hasParts) {
    throw new OwnedError("type", `sort needs a comparison of elements of type ${type["@alloc/Type"]}`);
  }
  const window = rows.openWindow();
  if (compare === undefined && type.Array !== undefined) {
    window.memory.view<ArrayView>(type.Array, ptr, length).sort();
    return;
  }
  const order = compare ?? ascending;
  const shown = Array.from({ length }, (_, index) => ({
    index,
    view: type.get(window, ptr + index * size),
  }));
  shown.sort((a, b) => order(a.view, b.view));
  // What was shown is of no use any more if the comparison made the block move.
  if (!window.isOpen) window.renew();
  const bytes = window.memory.view(Uint8Array, ptr, length * size);
  const before = bytes.slice();
  shown.forEach(({ index }, to) => {
    bytes.set(before.subarray(index * size, (index + 1) * size), to * size);
  });
}

function ascending<T>(a: View<T>, b: View<T>): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}
