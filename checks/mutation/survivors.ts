/**
 * The mutants that no test catches, each with the reason. A mutant that could be caught is not here: it has a test.
 *
 * @module
 */
import type { Reason } from "./judge.ts";

const core = (name: string) => `packages/core/src/${name}.ts`;
const combinators = (name: string) => `packages/combinators/src/${name}.ts`;

export const REASONS: readonly Reason[] = [
  {
    file: core("access"),
    mutants: [
      {
        code: "this.shared || (buffer as { resizable?: boolean } | undefined)?.resizable === true",
        becomes: ["true"],
      },
      { code: "this.growsSilently || views.u8.length === 0", becomes: ["true"] },
    ],
    why: "Speed alone: it looks for a new buffer at each access, also where the old views would show that there is one.",
  },
  {
    file: core("access"),
    mutants: [{ code: "this.view(Uint8Array, ptr, length).slice()", becomes: ["this.view(Uint8Array, ptr, length)"] }],
    why: "Browsers refuse to decode shared bytes; Node, on which the tests run, does not.",
  },
  {
    file: core("from-malloc"),
    mutants: [
      { code: "align <= native", becomes: ["align < native"], on: "c.malloc" },
      { code: "align <= native", becomes: ["align < native", "false"], on: "c.free" },
      { code: "start === 0", becomes: ["false"] },
    ],
    why: "Speed and memory alone: an entry is made in the map, or looked up, that says what the address says without it.",
  },
  {
    file: core("graph"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'], on: "nodes" }],
    why: "Every member is written at its id, and the first of them has the id 0.",
  },
  {
    file: core("layout"),
    mutants: [
      {
        code: "(size << 1) >>> 1 !== size || align <= 0 || (align & -align) !== align",
        becomes: ["true"],
      },
    ],
    why: "Speed alone: what can be is looked at again, and found to be right.",
  },
  {
    file: core("memory"),
    mutants: [
      { code: 'wasm === undefined || !("buffer" in wasm)', becomes: ["false"] },
      { code: "end + added > this.maximum", becomes: ["false"] },
      { code: "end + added", becomes: ["end - added"] },
    ],
    why: "Speed alone: what cannot grow, or not so far, throws in the attempt, and that is answered with NULL, too.",
  },
  {
    file: core("pages"),
    mutants: [{ code: "granule + 1", becomes: ["granule - 1"] }],
    why: "The range that is found ends behind the granule, so any end up to the next granule is covered where the start is.",
  },
  {
    file: core("pages"),
    mutants: [{ code: "index < this.free.count", becomes: ["index <= this.free.count"] }],
    why: "Behind the last range stands a start that is larger than every end, so nothing fits there.",
  },
  {
    file: core("pages"),
    mutants: [{ code: "last >= 0", becomes: ["true"] }],
    why: "Where there is no range, the word that is read as an end is the count, 0, and no memory ends there.",
  },
  {
    file: core("powers"),
    mutants: [{ code: "{ value: undefined }", becomes: ["{}"] }],
    why: "A property that is defined without a value has the value undefined.",
  },
  {
    file: core("sized"),
    mutants: [{ code: "to.size < from.size", becomes: ["to.size <= from.size"] }],
    why: "To resize to the same size is a grow and a shrink: either is right.",
  },
  {
    file: core("sized"),
    mutants: [{ code: "n < 0", becomes: ["n <= 0"] }],
    why: "0 is 0 as an unsigned number.",
  },
  {
    file: combinators("aligned"),
    mutants: [{ code: "layout.align >= this.align", becomes: ["layout.align > this.align"] }],
    why: "Speed alone: a layout is made that is equal to the one that is there.",
  },
  {
    file: combinators("bucketize"),
    mutants: [{ code: "bucket < sizes.length", becomes: ["bucket <= sizes.length"] }],
    why: "Behind the last class the table ends, so there is nothing to fill.",
  },
  {
    file: combinators("bucketize"),
    mutants: [{ code: "later >= 0", becomes: ["later > 0"] }],
    why: "A size that is larger than a class is not of the first one.",
  },
  {
    file: combinators("fallback"),
    mutants: [{ code: "secondary < primary", becomes: ["secondary <= primary"] }],
    why: "Of two that are equal either is the smaller one.",
  },
  {
    file: combinators("free-tree"),
    mutants: [{ code: "after < before", becomes: ["after <= before"] }],
    why: "What is as long as before was answered above.",
  },
  {
    file: combinators("quantize"),
    mutants: [{ code: "size > layout.size", becomes: ["size >= layout.size", "true"] }],
    why: "Speed alone: a layout is made that is equal to the one that is there.",
  },
  {
    file: combinators("quantize"),
    mutants: [{ code: "wanted === layout", becomes: ["false"] }],
    why: "Speed alone: the child is asked for the size of a block, though the layout is the same whatever that is.",
  },
  {
    file: combinators("ranges"),
    mutants: ["record", "one", "other"].map((it) => ({
      code: `${it} * RECORD + START`,
      becomes: [`${it} * RECORD - START`],
    })),
    why: "START is 0.",
  },
  {
    file: combinators("ranges"),
    mutants: [{ code: "last !== 0", becomes: ["true"], on: "const after" }],
    why: "Where there is no range, the answer is the number of none, whatever is compared.",
  },
  {
    file: combinators("ranges"),
    mutants: [{ code: "after === 0", becomes: ["false"], on: "const before" }],
    why: "Speed alone: where no range starts at the end, the last one that starts before it is found a second time.",
  },
  {
    file: combinators("ranges"),
    mutants: [
      { code: "by < 0", becomes: ["by <= 0"] },
      {
        code: "words[one * RECORD + START]! < words[other * RECORD + START]!",
        becomes: ["words[one * RECORD + START]! <= words[other * RECORD + START]!"],
      },
      { code: "rank(other) > rank(record)", becomes: ["rank(other) >= rank(record)"] },
      { code: "rank(left) > rank(right)", becomes: ["rank(left) >= rank(right)"] },
    ],
    why: "What is compared is never equal: two ranges have two starts and two ranks, and lengths that differ by 0 were left out.",
  },
  {
    file: combinators("reshaper"),
    mutants: [{ code: "wanted.size < taken.size", becomes: ["wanted.size <= taken.size"] }],
    why: "To resize to the same size is a grow and a shrink: either is right.",
  },
  {
    file: combinators("roster"),
    mutants: [{ code: "slots[hint]!.owns(ptr)", becomes: ["false"] }],
    why: "Speed alone: the search over all members finds the same one.",
  },
  {
    file: combinators("segments"),
    mutants: [
      { code: "HEAD + RECORD * middle + START", becomes: ["HEAD + RECORD * middle - START"] },
      { code: "HEAD + RECORD * index + START", becomes: ["HEAD + RECORD * index - START"] },
      { code: "at - RECORD + START", becomes: ["at - RECORD - START"] },
    ],
    why: "START is 0.",
  },
  {
    file: combinators("segments"),
    mutants: [
      { code: "low > 0", becomes: ["true", "low >= 0"] },
      { code: "at > HEAD", becomes: ["true", "at >= HEAD"] },
    ],
    why: "Speed alone: the start before the first one is undefined, with which no comparison holds.",
  },
  {
    file: combinators("segments"),
    mutants: [{ code: "words[at - RECORD + START]! > start", becomes: ["words[at - RECORD + START]! >= start"] }],
    why: "No two segments start at the same granule.",
  },
  {
    file: combinators("cascade"),
    mutants: [{ code: "slot === FIRST", becomes: ["false"] }],
    why: "Speed alone: the first member guarantees what it guarantees.",
  },
  {
    file: combinators("specialize/closed"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'], on: "HEAD.exec(bare)" }],
    why: "What there is instead of a name is not the name.",
  },
  {
    file: combinators("specialize/closed"),
    mutants: [
      {
        code: "/^(?:\\s*[\\w$]+\\s*:)?\\s*([\\w$]*)\\s*(?:=|of\\b|$)/",
        becomes: ["/(?:\\s*[\\w$]+\\s*:)?\\s*([\\w$]*)\\s*(?:=|of\\b|$)/"],
      },
    ],
    why: "What is declared by other words than `of` has one of them in it that is no known name, so the answer is no anyway.",
  },
  {
    file: combinators("specialize/specialize"),
    mutants: [{ code: "++count", becomes: ["--count"] }],
    why: "Downwards the numbers differ too.",
  },
  {
    file: combinators("specialize/specialize"),
    mutants: [{ code: '{ constructor: "" }', becomes: ["{}"] }],
    why: "The text of a class is that of no method.",
  },
  {
    file: combinators("specialize/specialize"),
    mutants: [{ code: '"\\n"', becomes: ['""'], on: "Object.values(methods)" }],
    why: "Nothing has to stand between two methods.",
  },
  {
    file: combinators("sizes"),
    mutants: [{ code: "sizes.length <= MOST", becomes: ["sizes.length < MOST"] }],
    why: "Where it is cut off, there are more classes already than a table has entries: it is refused either way.",
  },
  {
    file: combinators("tip"),
    mutants: [
      { code: "range !== 0 && step > 1", becomes: ["true", "range !== 0 || step > 1"] },
      { code: "range !== 0", becomes: ["true"], on: "step > 1" },
      { code: "step > 1", becomes: ["true", "step >= 1"] },
    ],
    why: "Speed alone: a range that fits holds what needs no align, and where none fits, no longer one does.",
  },
  {
    file: combinators("tip"),
    mutants: [{ code: "top < 0", becomes: ["false"] }],
    why: "Where there is no top, its end is NaN: no granule is that, and no range lies there.",
  },
  {
    file: combinators("tip"),
    mutants: [
      { code: "end - start", becomes: ["end + start"] },
      { code: "end - kept", becomes: ["end + kept"] },
    ],
    why: "The range ends there, so to remove more than the rest of it is to remove the rest.",
  },
];
