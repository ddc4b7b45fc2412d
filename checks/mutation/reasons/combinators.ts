import type { Reason } from "../judge.ts";

const source = (name: string) => `packages/combinators/src/${name}.ts`;

export const COMBINATORS: readonly Reason[] = [
  {
    file: source("wrappers/aligned"),
    mutants: [{ code: "layout.align >= this.align", becomes: ["layout.align > this.align"] }],
    why: "Speed alone: it makes a layout equal to the existing one.",
  },
  {
    file: source("sets/bucketize"),
    mutants: [{ code: "bucket < sizes.length", becomes: ["bucket <= sizes.length"] }],
    why: "The table ends after the last class, so there is nothing to fill.",
  },
  {
    file: source("sets/bucketize"),
    mutants: [{ code: "later >= 0", becomes: ["later > 0"] }],
    why: "A size larger than a class does not belong to the first class.",
  },
  {
    file: source("pairs/fallback"),
    mutants: [{ code: "secondary < primary", becomes: ["secondary <= primary"] }],
    why: "If two are equal, either is the smaller one.",
  },
  {
    file: source("regions/free-tree"),
    mutants: [{ code: "after < before", becomes: ["after <= before"] }],
    why: "An unchanged length was handled above.",
  },
  {
    file: source("wrappers/quantize"),
    mutants: [{ code: "size > layout.size", becomes: ["size >= layout.size", "true"] }],
    why: "Speed alone: it makes a layout equal to the existing one.",
  },
  {
    file: source("wrappers/quantize"),
    mutants: [{ code: "wanted === layout", becomes: ["false"] }],
    why: "Speed alone: the child is asked for the size of a block, but the layout is the same for any size.",
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
    why: "Without a range, the result is the number for none, whatever is compared.",
  },
  {
    file: source("regions/ranges"),
    mutants: [{ code: "after === 0", becomes: ["false"], on: "const before" }],
    why: "Speed alone: if no range starts at the end, the last one that starts before it is found a second time.",
  },
  {
    file: source("regions/ranges"),
    mutants: [
      { code: "by < 0", becomes: ["by <= 0"] },
      {
        code: "words[one * RECORD + START]! < words[other * RECORD + START]!",
        becomes: ["words[one * RECORD + START]! <= words[other * RECORD + START]!"],
      },
      { code: "this.rank(other) > this.rank(record)", becomes: ["this.rank(other) >= this.rank(record)"] },
      { code: "this.rank(left) > this.rank(right)", becomes: ["this.rank(left) >= this.rank(right)"] },
    ],
    why: "The compared values are never equal: two ranges have different starts and different ranks, and lengths that differ by 0 were left out.",
  },
  {
    file: source("wrappers/reshaper"),
    mutants: [{ code: "wanted.size < taken.size", becomes: ["wanted.size <= taken.size"] }],
    why: "A resize to the same size is both a grow and a shrink, and either is right.",
  },
  {
    file: source("sets/seats"),
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
    why: "Speed alone: the start before the first one is undefined, and every comparison with it is false.",
  },
  {
    file: source("regions/segments"),
    mutants: [{ code: "words[at - RECORD + START]! > start", becomes: ["words[at - RECORD + START]! >= start"] }],
    why: "No two segments start at the same granule.",
  },
  {
    file: source("sets/roster"),
    mutants: [{ code: "slot === FIRST", becomes: ["false"] }],
    why: "Speed alone: the first member is compared with its own guarantee.",
  },
  {
    file: source("specialize/closed"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'], on: "HEAD.exec(bare)" }],
    why: "The text that stands for the name is not the name.",
  },
  {
    file: source("specialize/closed"),
    mutants: [
      {
        code: "/^(?:\\s*[\\w$]+\\s*:)?\\s*([\\w$]*)\\s*(?:=|of\\b|$)/",
        becomes: ["/(?:\\s*[\\w$]+\\s*:)?\\s*([\\w$]*)\\s*(?:=|of\\b|$)/"],
      },
    ],
    why: "A declaration without `of` contains a word that is not a known name, so the result is false anyway.",
  },
  {
    file: source("specialize/specialize"),
    mutants: [{ code: "++count", becomes: ["--count"] }],
    why: "Negative numbers differ too.",
  },
  {
    file: source("specialize/specialize"),
    mutants: [{ code: '{ constructor: "" }', becomes: ["{}"] }],
    why: "The text of a class is not the text of a method.",
  },
  {
    file: source("specialize/specialize"),
    mutants: [{ code: '"\\n"', becomes: ['""'], on: "Object.values(methods)" }],
    why: "Nothing has to stand between two methods.",
  },
  {
    file: source("sets/sizes"),
    mutants: [{ code: "sizes.length <= MOST", becomes: ["sizes.length < MOST"] }],
    why: "Where the text is cut off there are already more classes than a table has entries, so it is refused either way.",
  },
  {
    file: source("regions/tip"),
    mutants: [
      { code: "range !== 0 && step > 1", becomes: ["true", "range !== 0 || step > 1"] },
      { code: "range !== 0", becomes: ["true"], on: "step > 1" },
      { code: "step > 1", becomes: ["true", "step >= 1"] },
    ],
    why: "Speed alone: a range that fits also holds a request without alignment, and if none fits, no longer one does.",
  },
  {
    file: source("regions/tip"),
    mutants: [{ code: "top < 0", becomes: ["false"] }],
    why: "Without a top its end is NaN: no granule equals it, and no range lies there.",
  },
];
