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
    mutants: [{ code: "layout.align > 0", becomes: ["true", "layout.align >= 0"] }],
    why: "The inner allocator refuses such a layout in the same words.",
  },
  {
    file: source("watcher"),
    mutants: [{ code: '"shrink"', becomes: ['""'] }],
    why: "The layout was checked before: the call is not named here.",
  },
  {
    file: source("stack"),
    mutants: [{ code: "depth === 0", becomes: ["false"] }],
    why: "Speed alone: a stack of no frames is captured.",
  },
  {
    file: source("guard/entry"),
    mutants: [{ code: "bytes > 2 ** 32 - align", becomes: ["bytes >= 2 ** 32 - align"] }],
    why: "No memory serves a block of nearly 4 GiB, so the result is NULL either way.",
  },
  {
    file: source("guard/fills"),
    mutants: [{ code: "at < ptr", becomes: ["at <= ptr"] }],
    why: "The byte lies outside of the block, which has at least one byte.",
  },
  {
    file: source("guard/fills"),
    mutants: [{ code: "before < 0", becomes: ["before <= 0"] }],
    why: "No zone lies at address 0.",
  },
  {
    file: source("guard/guard-blocks"),
    mutants: [{ code: "this.inner.epoch === epoch", becomes: ["true"] }],
    why: "The next call of the guard notices the new epoch, and ends the block.",
  },
  {
    file: source("guard/guard-blocks"),
    mutants: [{ code: "hasEnded === undefined", becomes: ["true"] }],
    why: "Only a scope awaits its end, and all blocks of a scope end as one.",
  },
  {
    file: source("guard/guard-machine"),
    mutants: [
      { code: '"resizeInPlace"', becomes: ['""'] },
      { code: '"deallocate"', becomes: ['""'] },
    ],
    why: "The layout was checked before: the call is not named here.",
  },
  {
    file: source("guard/guards"),
    mutants: [{ code: "this.live.size !== 1", becomes: ["false"] }],
    why: "Speed alone: what is added to a set again stays where it is.",
  },
  {
    file: source("guard/guards"),
    mutants: [{ code: "all.size <= limit", becomes: ["true", "false", "all.size < limit", "all.size > limit"] }],
    why: "Speed and memory alone: the entries of collected guards are swept never, or more often.",
  },
  {
    file: source("guard/guards"),
    mutants: [{ code: "guard === this", becomes: ["false"] }],
    why: "It is asked only for an address at which this guard has no block.",
  },
  {
    file: source("guard/history"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'] }],
    why: "The first block takes its place; before that it has no ending, and is left out.",
  },
  {
    file: source("guard/history"),
    mutants: [{ code: "ptr < entry.ptr", becomes: ["ptr <= entry.ptr"] }],
    why: "At its first byte both are 0.",
  },
  {
    file: source("leaks/ledger"),
    mutants: [{ code: "this.blocks.size === 1", becomes: ["true"] }],
    why: "Speed alone: what is added to a set again stays where it is.",
  },
  {
    file: source("leaks/ledger"),
    mutants: [{ code: "block !== undefined", becomes: ["true"] }],
    why: "A block that is not known is forgotten: nothing changes.",
  },
  {
    file: source("leaks/ledger"),
    mutants: [{ code: "this.blocks.size === 0", becomes: ["false"] }],
    why: "Memory alone: a ledger without blocks stays registered.",
  },
  {
    file: source("stats/stats"),
    mutants: [{ code: "this.epoch > this.seen", becomes: ["false"] }],
    why: "Only a block that was not counted can be released or resized before the reset is noticed, and the next look at the counters forgets all.",
  },
];
