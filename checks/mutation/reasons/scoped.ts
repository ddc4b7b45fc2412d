import type { Reason } from "../judge.ts";

const source = (name: string) => `packages/scoped/src/${name}.ts`;

export const SCOPED: readonly Reason[] = [
  {
    file: source("region"),
    mutants: [
      { code: "at + BASE", becomes: ["at - BASE"] },
      { code: "a + BASE", becomes: ["a - BASE"] },
      { code: "b + BASE", becomes: ["b - BASE"] },
      { code: "last + BASE", becomes: ["last - BASE"] },
      { code: "RECORD * chunk + BASE", becomes: ["RECORD * chunk - BASE"] },
    ],
    why: "BASE is 0.",
  },
  {
    file: source("region"),
    mutants: [{ code: "usable === 0", becomes: ["false"] }],
    why: "Speed alone: a request that the parent says it cannot serve gets NULL from it.",
  },
  {
    file: source("region"),
    mutants: [{ code: "from === to", becomes: ["false"] }],
    why: "Speed alone: the loop over no chunk does nothing.",
  },
  {
    file: source("region"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'], on: "found" }],
    why: "A missing chunk starts and ends at NaN, and is visited neither as live nor as free.",
  },
  {
    file: source("releases"),
    mutants: [{ code: "word >= this.bits.length", becomes: ["true"] }],
    why: "Speed alone: words that are long enough stay unchanged, and so does the peak.",
  },
  {
    file: source("releases"),
    mutants: [
      { code: "position < this.words[this.index]!", becomes: ["true", "position <= this.words[this.index]!"] },
      { code: "end - 1", becomes: ["end + 1"] },
    ],
    why: "No bit is set from `RELEASED` on, so reading one there, or clearing one more word, makes no difference.",
  },
  {
    file: source("releases"),
    mutants: [{ code: "end <= position", becomes: ["end < position"] }],
    why: "If they are equal there is nothing to clear, and the last set bit is the one before.",
  },
  {
    file: source("releases"),
    mutants: [{ code: "word >= 0", becomes: ["true", "word > 0"] }],
    why: "There is no word −1 that could be 0, and a word 0 without a bit gives 32 − 32.",
  },
  {
    file: source("scope"),
    mutants: [{ code: "scopes.length === 0", becomes: ["true"] }],
    why: "Speed and memory alone: a frame is recorded by its outer scope, which ends its frames anyway before it asks for them.",
  },
  {
    file: source("scope"),
    mutants: [
      { code: "!(isBlock && align <= CHUNK_ALIGN && align > 0)", becomes: ["true"] },
      { code: "isBlock && align <= CHUNK_ALIGN && align > 0", becomes: ["false"] },
      { code: "align <= CHUNK_ALIGN", becomes: ["align < CHUNK_ALIGN"] },
      { code: "((size - 1) >>> 0) + 1 === size", becomes: ["false", "((size - 1) >>> 0) + 1 !== size"] },
      { code: "((size - 1) >>> 0) + 1", becomes: ["(size - 1 >>> 0) - 1"] },
      { code: "size - 1", becomes: ["size + 1"] },
    ],
    why: "Speed alone: the slow path serves what the fast one would.",
  },
  {
    file: source("scope"),
    mutants: [{ code: "words[DEPTH] !== this.level", becomes: ["true"], on: "this.requireUnlocked()" }],
    why: "Speed alone: `requireUnlocked` compares them again.",
  },
  {
    file: source("scope"),
    mutants: [{ code: '"allocate"', becomes: ['""'], on: "dangling" }],
    why: "The line before has checked the layout.",
  },
  {
    file: source("scope"),
    mutants: [
      {
        code: "to.size > from.size && to.align > CHUNK_ALIGN && this.usableSize(to) === 0",
        becomes: ["to.size > from.size && to.align > CHUNK_ALIGN || this.usableSize(to) === 0"],
      },
      {
        code: "to.size > from.size && to.align > CHUNK_ALIGN",
        becomes: ["true", "to.size > from.size || to.align > CHUNK_ALIGN"],
      },
      { code: "to.size > from.size", becomes: ["true", "to.size >= from.size"], on: "CHUNK_ALIGN" },
      { code: "to.align > CHUNK_ALIGN", becomes: ["true", "to.align >= CHUNK_ALIGN"] },
    ],
    why: "Speed alone: a block that was served has a usable size, and so has one of a usual align that fits where it lies.",
  },
  {
    file: source("scope"),
    mutants: [{ code: "from.align !== to.align", becomes: ["true"], on: "requireLive" }],
    why: "Speed alone: a resize to the same align searches for the block once more.",
  },
  {
    file: source("scope"),
    mutants: [
      {
        code: "position + size === words[TIP] && position >= words[FLOOR]! && position >= words[RELEASED]!",
        becomes: ["false"],
      },
      { code: "position >= words[FLOOR]!", becomes: ["position > words[FLOOR]!"], on: "RELEASED" },
      { code: "position >= words[RELEASED]!", becomes: ["position > words[RELEASED]!"] },
    ],
    why: "Speed alone: the slow path moves the tip down as the fast one does.",
  },
  {
    file: source("scope"),
    mutants: [{ code: "this.drops.length !== 0", becomes: ["true"] }],
    why: "Speed alone: settling a scope without drops does nothing.",
  },
  {
    file: source("scope"),
    mutants: [
      { code: "!isLast || position < words[RELEASED]!", becomes: ["true"] },
      { code: "position < words[RELEASED]!", becomes: ["position <= words[RELEASED]!"] },
    ],
    why: "Speed alone: a block that is known to be live at the tip is searched for once more.",
  },
];
