import fc from "fast-check";
import { expect, test } from "vitest";
import { Token, WeakList } from "../src/chain/weak-list.ts";

const tokensOf = (count: number) => Array.from({ length: count }, (_, name) => new Token({ name }));

test("a list returns its objects, newest first", () => {
  const list = new WeakList<{ name: number }>();
  const tokens = tokensOf(5);
  for (const token of tokens) list.add(token);
  expect(list.newestFirst().map(({ name }) => name)).toEqual([4, 3, 2, 1, 0]);
});

test("an object added twice is listed once, at its first place", () => {
  const list = new WeakList<{ name: number }>();
  const [a, b] = tokensOf(2);
  for (const token of [a!, b!, a!]) list.add(token);
  expect(list.newestFirst().map(({ name }) => name)).toEqual([1, 0]);
});

test("a list works like an array, with objects added, deleted, added again and ended", () => {
  const step = fc.record({ do: fc.constantFrom("add", "add", "delete", "end"), which: fc.nat(39) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
      const list = new WeakList<{ name: number }>();
      const tokens = tokensOf(40);
      let model: number[] = [];
      for (const { do: what, which } of steps) {
        const token = tokens[which]!;
        if (what !== "add") model = model.filter((name) => name !== which);
        else if (token.object !== undefined && !model.includes(which)) model.push(which);
        if (what === "add") list.add(token);
        else if (what === "delete") list.delete(token);
        else token.object = undefined;
        expect(list.newestFirst().map(({ name }) => name)).toEqual(model.toReversed());
      }
    }),
  );
});

test("entries of ended objects are swept before the list has doubled", () => {
  const list = new WeakList<{ name: number }>();
  const live = tokensOf(100);
  for (const token of live) list.add(token);
  for (let round = 0; round < 10_000; round++) {
    const token = new Token({ name: round });
    list.add(token);
    token.object = undefined;
    expect(list.refs.size).toBeLessThanOrEqual(2 * 101);
  }
  expect(list.newestFirst().length).toBe(100);
});

test("of an ended object only the small token is kept: the object can be collected in the same job", () => {
  const token = new Token({ name: 1 });
  token.object = undefined;
  expect(Object.values(token)).toEqual([undefined, token.ref]);
  expect(token.ref.deref()).toBe(token);
});
