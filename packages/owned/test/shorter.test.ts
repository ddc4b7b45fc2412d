/**
 * A resizable buffer that is made shorter: handles whose bytes are gone throw, and no value is lost silently.
 *
 * @module
 */
import { Memory, pages } from "@alloc/core";
import {
  array,
  Box,
  bool,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  ptr,
  Rc,
  struct,
  type Type,
  text,
  u8,
  u16,
  u32,
  u64,
  Vec,
} from "@alloc/owned";
import { expect, test } from "vitest";
import { resizable } from "../../core/test/support/resizable.ts";
import { thrown } from "./support.ts";

const KiB = 1024;
const BEYOND = "MisuseError: out-of-bounds";

/** A root whose blocks lie in the upper half of its buffer, and a function that removes that half. */
function halved() {
  const buffer = resizable(ArrayBuffer, 64 * KiB, 64 * KiB);
  const heap = pages(Memory.over(buffer, { from: 32 * KiB }));
  return { heap, memory: heap.memory, cut: () => buffer.resize(32 * KiB), restore: () => buffer.resize(64 * KiB) };
}

const SCALARS: [Type<unknown>, unknown][] = [
  [u8, 1],
  [i8, 1],
  [u16, 1],
  [i16, 1],
  [u32, 1],
  [i32, 1],
  [ptr, 1],
  [f32, 1],
  [f64, 1],
  [u64, 1n],
  [i64, 1n],
  [bool, true],
  [text(8), "one"],
] as [Type<unknown>, unknown][];

test.each(SCALARS.map(([type, value]) => [type["@alloc/Type"], type, value] as const))(
  "a %s whose bytes are gone is out of bounds, to read and to write, in a Box, a struct and a Vec",
  (_, type, value) => {
    const { heap, cut } = halved();
    const box = Box.new(type, value, heap);
    const pair = Box.new(struct({ first: u8, it: type }), { first: 1, it: value }, heap);
    const items = Box.new(array(type, 2), [value, value], heap);
    const vec = Vec.from(type, [value, value], heap);
    const shown = pair.value;
    cut();
    const calls: [string, () => unknown][] = [
      ["box.value", () => box.value],
      ["box.get", () => box.get()],
      ["box.set", () => box.set(value)],
      ["a field", () => shown.it],
      ["a field, written", () => (shown.it = value as never)],
      ["an item", () => (items.value as { at(index: number): unknown }).at(1)],
      ["an item, written", () => (items.value as unknown as { set(i: number, value: unknown): void }).set(1, value)],
      ["vec.at", () => vec.at(1)],
      ["vec.get", () => vec.get(1)],
      ["vec.set", () => vec.set(1, value)],
      ["vec.push", () => vec.push(value)],
      ["vec.pop", () => vec.pop()],
      ["a loop", () => [...vec]],
    ];
    for (const [name, call] of calls) expect(thrown(call), name).toBe(BEYOND);
    expect(vec.length).toBe(2);
  },
);

test("the counts of an Rc whose bytes are gone are out of bounds, and no Rc is made in a block without bytes", () => {
  const { heap, cut } = halved();
  const one = Rc.new(f64, 5, heap);
  const weak = one.downgrade();
  cut();
  for (const call of [() => one.strongCount, () => one.clone(), () => one.downgrade(), () => weak.upgrade()]) {
    expect(thrown(call)).toBe(BEYOND);
  }
  const { held } = heap.footprint();
  expect(thrown(() => Rc.new(f64, 6, heap))).toBe(BEYOND);
  expect(heap.footprint().held).toBe(held);
});

test("a value with a drop function is not dropped if its bytes are gone: truncate and set change nothing", () => {
  const { heap, cut, restore } = halved();
  const dropped: number[] = [];
  for (const padding of [1, 200]) {
    const Owned = struct({ id: u32, padding: text(padding) }, { drop: ({ id }) => dropped.push(id) });
    const vec = Vec.from(
      Owned,
      [1, 2].map((id) => ({ id, padding: "" })),
      heap,
    );
    cut();
    expect(thrown(() => vec.truncate(0))).toBe(BEYOND);
    expect(thrown(() => vec.set(0, { id: 3, padding: "" }))).toBe(BEYOND);
    expect(vec.length).toBe(2);
    restore();
  }
  expect(dropped).toEqual([]);
});
