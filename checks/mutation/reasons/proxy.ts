import type { Reason } from "../judge.ts";

const source = (name: string) => `packages/proxy/src/${name}.ts`;

export const PROXY: readonly Reason[] = [
  {
    file: source("stats/counters"),
    mutants: [
      { code: "live > words[BYTES_HIGH_WATER]!", becomes: ["live >= words[BYTES_HIGH_WATER]!"] },
      { code: "blocks > words[NUM_HIGH_WATER]!", becomes: ["blocks >= words[NUM_HIGH_WATER]!"] },
    ],
    why: "If they are equal, the value written is the value there.",
  },
  {
    file: source("guard/guard-blocks"),
    mutants: [
      {
        code: "this.quarantine.blocks.size > 0",
        becomes: ["true", "this.quarantine.blocks.size >= 0"],
      },
    ],
    why: "Speed alone: an empty quarantine releases nothing, and the inner allocator returns NULL a second time.",
  },
  {
    file: source("guard/guard-machine"),
    mutants: [{ code: "next < bases.length", becomes: ["true", "next <= bases.length"] }],
    why: "After the last base there is undefined, which is less than no address.",
  },
  {
    file: source("guard/guards"),
    mutants: [
      { code: "ref.deref() === undefined", becomes: ["false"] },
      { code: "Math.max(FEW, 2 * all.size)", becomes: ["Math.min(FEW, 2 * all.size)"] },
      { code: "2 * all.size", becomes: ["2 / all.size"] },
    ],
    why: "Speed and memory alone: the entries of collected guards are swept never, or more often.",
  },
  {
    file: source("guard/fills"),
    mutants: [{ code: "at < 0", becomes: ["at <= 0"] }],
    why: "No block and no zone lies at address 0.",
  },
  {
    file: source("guard/fills"),
    mutants: [
      { code: "byte * 0x01010101", becomes: ["byte / 0x01010101"] },
      { code: "at % 4", becomes: ["at * 4"] },
      { code: "at % 4 === 0", becomes: ["true", "false", "at % 4 !== 0"] },
      { code: "at < to && u32[at / 4] === word", becomes: ["false"] },
      { code: "at < to", becomes: ["at >= to"], on: "u32" },
    ],
    why: "Speed alone: without comparing four bytes at a time, each byte is compared. No word has an index that is not an integer.",
  },
  {
    file: source("guard/fills"),
    mutants: [{ code: "at < to", becomes: ["at <= to", "true"] }],
    why: "The byte read after the end may be right or wrong: in either case the end was reached, and nothing was found before it.",
  },
  {
    file: source("guard/history"),
    mutants: [
      { code: "ptr < near.ptr", becomes: ["ptr <= near.ptr"] },
      {
        code: "distance(ptr, entry) < distance(ptr, near)",
        becomes: ["distance(ptr, entry) <= distance(ptr, near)"],
      },
    ],
    why: "No live block starts at the address itself, and of two equally near blocks either may be named.",
  },
  {
    file: source("printable"),
    mutants: [{ code: "text.slice(0, most + 1)", becomes: ["text"] }],
    why: "Speed alone: a longer text is cut at the end anyway.",
  },
  {
    file: source("printable"),
    mutants: [{ code: "code < 256", becomes: ["code <= 256"] }],
    why: "U+0100 is a letter, which is not escaped.",
  },
  {
    file: source("guard/quarantine"),
    mutants: [{ code: "inner.epoch === epoch", becomes: ["true"] }],
    why: "The next call of the guard detects the new epoch, and clears the quarantine.",
  },
  {
    file: source("stack"),
    mutants: [{ code: 'typeof depth === "number"', becomes: ["true"] }],
    why: "A value that is not a number is neither an integer nor Infinity.",
  },
  {
    file: source("stack"),
    mutants: [{ code: '""', becomes: ['"Stryker was here!"'] }],
    why: "A text without frames counts as none: lines that are not frames are left out.",
  },
  {
    file: source("stack"),
    mutants: [{ code: "{ return NONE; }", becomes: ["{}"] }],
    why: "An undefined stack has no text either: reading it throws, and the error is caught.",
  },
  {
    file: source("stats/stats"),
    mutants: [
      { code: "!(layout.size > 0)", becomes: ["true"] },
      { code: "layout.size > 0", becomes: ["false", "layout.size <= 0", "layout.size >= 0"] },
    ],
    why: "Speed alone: a layout is checked and found valid. Size 0 does not get here.",
  },
  {
    file: source("tree/tree"),
    mutants: [
      { code: "allocator?.footprint", becomes: ["allocator.footprint"] },
      { code: "counts?.bytesLive", becomes: ["counts.bytesLive"] },
      { code: "counts?.counters", becomes: ["counts.counters"] },
      { code: "counts?.counters?.bytesLive", becomes: ["counts?.counters.bytesLive"] },
    ],
    why: "An error is caught by `numberOf`, and is not a number either.",
  },
  {
    file: source("tree/tree-node"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'], on: "around" }],
    why: "The children of every node are set once all are known.",
  },
  {
    file: source("watcher"),
    mutants: [
      {
        code: '{ requireLayouts(from, to, "resizeInPlace"); return this.inner.resizeInPlace(ptr, from, to); }',
        becomes: ["{}"],
      },
    ],
    why: "Every watcher of this package has a `resizeInPlace` of its own, because it changes sizes.",
  },
];
