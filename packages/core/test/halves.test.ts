import { Memory } from "@alloc/core";
import { Halves } from "@alloc/core/author";
import fc from "fast-check";
import { expect, test } from "vitest";

const change = fc.tuple(
  fc.nat(30),
  fc.nat(5),
  fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 5 }),
);

test.each([
  ["this thread", Memory.virtual(64)],
  ["all threads", Memory.over(new SharedArrayBuffer(64), { owner: true })],
])("a list in words of %s has the elements of an array that is changed the same way", (_, memory) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const list = new Halves(memory, 200);
      const model: number[] = [];
      for (const [at, most, rest] of changes) {
        const index = Math.min(at, model.length);
        const old = Math.min(most, model.length - index);
        list.replace(index, old, rest);
        model.splice(index, old, ...rest);
        expect(Array.from({ length: list.count }, (_, index) => list.at(index))).toEqual(model);
        // The words in use are the first ones: a copy of them is the same list.
        const copy = new Halves(memory, 200, list.words.slice(0, list.used));
        expect(Array.from({ length: copy.count }, (_, index) => copy.at(index))).toEqual(model);
      }
    }),
  );
});
