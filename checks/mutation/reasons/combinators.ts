import type { Reason } from "../judge.ts";

const source = (name: string) => `packages/combinators/src/${name}.ts`;

export const COMBINATORS: readonly Reason[] = [
  {
    file: source("wrappers/aligned"),
    mutants: [{ code: "layout.align >= this.align", becomes: ["layout.align > this.align"] }],
    why: "Speed alone: a layout is made that is equal to the one that is there.",
  },
  {
    file: source("sets/bucketize"),
    mutants: [{ code: "bucket < sizes.length", becomes: ["bucket <= sizes.length"] }],
    why: "Behind the last class the table ends, so there is nothing to fill.",
  },
  {
    file: source("sets/bucketize"),
    mutants: [{ code: "later >= 0", becomes: ["later > 0"] }],
    why: "A size that is larger than a class is not of the first one.",
  },
  {
    file: source("pairs/fallback"),
    mutants: [{ code: "secondary < primary", becomes: ["secondary <= primary"] }],
    why: "Of two that are equal either is the smaller one.",
  },
  {
    file: source("regions/free-tree"),
    mutants: [{ code: "after < before", becomes: ["after <= before"] }],
    why: "What is as long as before was answered above.",
  },
  {
    file: source("wrappers/quantize"),
    mutants: [{ code: "size > layout.size", becomes: ["size >= layout.size", "true"] }],
    why: "Speed alone: a layout is made that is equal to the one that is there.",
  },
  {
    file: source("wrappers/quantize"),
    mutants: [{ code: "wanted === layout", becomes: ["false"] }],
    why: "Speed alone: the child is asked for the size of a block, though the layout is the same whatever that is.",
  },
  {
    file: source("regions/ranges"),
    mutants: ["record", "one", "other"].map((it) => ({
      code: `${it} * RECORD + START`,
      becomes: [`${it} * RECORD - START`],
    })),
    why: "START is 0.",
  },
  {
    file: source("regions/ranges"),
    mutants: [{ code: "last !== 0", becomes: ["true"], on: "const after" }],
    why: "Where there is no range, the answer is the number of none, whatever is compared.",
  },
  {
    file: source("regions/ranges"),
    mutants: [{ code: "after === 0", becomes: ["false"], on: "const before" }],
    why: "Speed alone: where no range starts at the end, the last one that starts before it is found a second time.",
  },
  {
    file: source("regions/ranges"),
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
    file: source("wrappers/reshaper"),
    mutants: [{ code: "wanted.size < taken.size", becomes: ["wanted.size <= taken.size"] }],
    why: "To resize to the same size is a grow and a shrink: either is right.",
  },
  {
    file: source("sets/roster"),
    mutants: [{ code: "slots[hint]!.owns(ptr)", becomes: ["false"] }],
    why: "Speed alone: the search over all members finds the same one.",
  },
  {
    file: source("regions/segments"),
    mutants: [
      { code: "HEAD + RECORD * middle + START", becomes: ["HEAD + RECORD * middle - START"] },
      { code: "HEAD + RECORD * index + START", becomes: ["HEAD + RECORD * index - START"] },
      { code: "at - RECORD + START", becomes: ["at - RECORD - START"] },
    ],
    why: "START is 0.",
  },
  {
    file: source("regions/segments"),
    mutants: [
      { code: "low > 0", becomes: ["true", "low >= 0"] },
      { code: "at > HEAD", becomes: ["true", "at >= HEAD"] },
    ],
    why: "Speed alone: the start before the first one is undefined, with which no comparison holds.",
  },
  {
    file: source("regions/segments"),
    mutants: [{ code: "words[at - RECORD + START]! > start", becomes: ["words[at - RECORD + START]! >= start"] }],
    why: "No two segments start at the same granule.",
  },
  {
    file: source("sets/cascade"),
    mutants: [{ code: "slot === FIRST", becomes: ["false"] }],
    why: "Speed alone: the first member guarantees what it guarantees.",
  },
  {
    file: source("specialize/closed"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'], on: "HEAD.exec(bare)" }],
    why: "What there is instead of a name is not the name.",
  },
  {
    file: source("specialize/closed"),
    mutants: [
      {
        code: "/^(?:\\s*[\\w$]+\\s*:)?\\s*([\\w$]*)\\s*(?:=|of\\b|$)/",
        becomes: ["/(?:\\s*[\\w$]+\\s*:)?\\s*([\\w$]*)\\s*(?:=|of\\b|$)/"],
      },
    ],
    why: "What is declared by other words than `of` has one of them in it that is no known name, so the answer is no anyway.",
  },
  {
    file: source("specialize/specialize"),
    mutants: [{ code: "++count", becomes: ["--count"] }],
    why: "Downwards the numbers differ too.",
  },
  {
    file: source("specialize/specialize"),
    mutants: [{ code: '{ constructor: "" }', becomes: ["{}"] }],
    why: "The text of a class is that of no method.",
  },
  {
    file: source("specialize/specialize"),
    mutants: [{ code: '"\\n"', becomes: ['""'], on: "Object.values(methods)" }],
    why: "Nothing has to stand between two methods.",
  },
  {
    file: source("sets/sizes"),
    mutants: [{ code: "sizes.length <= MOST", becomes: ["sizes.length < MOST"] }],
    why: "Where it is cut off, there are more classes already than a table has entries: it is refused either way.",
  },
  {
    file: source("regions/tip"),
    mutants: [
      { code: "range !== 0 && step > 1", becomes: ["true", "range !== 0 || step > 1"] },
      { code: "range !== 0", becomes: ["true"], on: "step > 1" },
      { code: "step > 1", becomes: ["true", "step >= 1"] },
    ],
    why: "Speed alone: a range that fits holds what needs no align, and where none fits, no longer one does.",
  },
  {
    file: source("regions/tip"),
    mutants: [{ code: "top < 0", becomes: ["false"] }],
    why: "Where there is no top, its end is NaN: no granule is that, and no range lies there.",
  },
];
