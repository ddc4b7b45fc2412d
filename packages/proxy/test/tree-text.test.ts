/** Trees, character by character: columns without entries, repeated and missing members. */
import { fallback } from "@alloc/combinators";
import { type Description, Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { tree } from "@alloc/proxy";
import { expect, test } from "vitest";

const member = (id: number, children: readonly number[], more = {}) => ({
  id,
  kind: `k${id}`,
  options: {},
  state: {},
  children,
  ...more,
});
const described = (nodes: readonly object[], root = 0) => tree({ nodes, root } as unknown as Description);

test("a repeated member is drawn once, and then marked as above", () => {
  const parent = pages(Memory.linear({ maximum: 2 ** 20 }));
  const lines = tree(fallback(system({ parent }), system({ parent }))).split("\n");
  expect(lines.at(-1)).toBe("   └┄ #1 pages, above");
});

test("a column that no member uses takes no room", () => {
  expect(described([member(0, [1], { state: { words: new Uint8Array(8) } }), member(1, [])])).toBe(
    "k0     8 of state\n└─ k1",
  );
});

test("without columns each line ends with its name", () => {
  expect(described([member(0, [1, 2]), member(1, []), member(2, [])])).toBe("k0\n├─ k1\n└─ k2");
});

test("a missing member is drawn as such, with nothing below it", () => {
  expect(described([member(0, [7])])).toBe("k0\n└─ missing");
});

test("missing words count as none", () => {
  expect(described([member(0, [], { state: { words: null, more: new Uint8Array(4) } })])).toBe("k0  4 of state");
});

test("500 lines are drawn, with the number of the other members", () => {
  const nodes = [
    member(
      0,
      Array.from({ length: 600 }, (_, index) => index + 1),
    ),
    ...Array.from({ length: 600 }, (_, index) => member(index + 1, [])),
  ];
  const lines = described(nodes).split("\n");
  expect([lines.length, lines.at(-1)]).toEqual([501, "… and 101 more"]);
});

test("500 members are drawn without a line about more", () => {
  const nodes = [
    member(
      0,
      Array.from({ length: 499 }, (_, index) => index + 1),
    ),
    ...Array.from({ length: 499 }, (_, index) => member(index + 1, [])),
  ];
  expect(described(nodes).split("\n").at(-1)).toBe("└─ k499");
});

test("100 levels below the root are drawn", () => {
  const nodes = Array.from({ length: 150 }, (_, index) => member(index, index < 149 ? [index + 1] : []));
  const lines = described(nodes).split("\n");
  expect(lines.slice(-2).map((line) => line.trim())).toEqual(["└─ k100", "… and 1 more"]);
});
