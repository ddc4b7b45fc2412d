import { inspect } from "node:util";
import { Memory, pages } from "@alloc/core";
import { array, Box, Rc, struct, u32, Vec } from "@alloc/owned";
import { expect, test } from "vitest";

const Pair = struct({ a: u32, b: u32 });
const pair = { a: 1, b: 2 };

test("JSON of a spread light view has no internals of the view", () => {
  const vec = Vec.from(Pair, [pair], pages());
  expect(Object.keys(JSON.parse(JSON.stringify({ ...vec.peek(0) })))).not.toContain("@alloc/window");
});

test("a value in a transferred memory prints as a text", () => {
  const buffer = new ArrayBuffer(2 ** 18);
  const heap = pages(Memory.over(buffer));
  const box = Box.new(Pair, pair, heap);
  const vec = Vec.from(Pair, [pair], heap);
  const list = Box.new(array(u32, 2), [1, 2], heap);
  const shown = [box, Rc.new(Pair, pair, heap), vec, box.value, vec.at(0), vec.peek(0), list, list.value];
  structuredClone(buffer, { transfer: [buffer] });
  for (const each of shown) expect(inspect(each)).toContain("memory is gone");
});
