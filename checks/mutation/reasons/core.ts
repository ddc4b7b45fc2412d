import type { Reason } from "../judge.ts";

const source = (name: string) => `packages/core/src/${name}.ts`;

export const CORE: readonly Reason[] = [
  {
    file: source("memory/access"),
    mutants: [{ code: "this.growsSilently || views.u8.length === 0", becomes: ["true"] }],
    why: "Speed alone: it checks for a new buffer at each access, even if the old views would reveal it.",
  },
  {
    file: source("memory/access"),
    mutants: [{ code: "this.view(Uint8Array, ptr, length).slice()", becomes: ["this.view(Uint8Array, ptr, length)"] }],
    why: "Browsers refuse to decode shared bytes; Node, on which the tests run, does not.",
  },
  {
    file: source("adapters/from-malloc"),
    mutants: [
      { code: "align <= native", becomes: ["align < native"], on: "c.malloc" },
      { code: "align <= native", becomes: ["align < native", "false"], on: "c.free" },
      { code: "start === 0", becomes: ["false"] },
    ],
    why: "Speed and memory alone: it makes or reads a map entry that says the same as the address.",
  },
  {
    file: source("chain/graph"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'], on: "nodes" }],
    why: "Every member is written at its id, and the first id is 0.",
  },
  {
    file: source("values/layout"),
    mutants: [
      {
        code: "(size << 1) >>> 1 !== size || align <= 0 || (align & -align) !== align",
        becomes: ["true"],
      },
    ],
    why: "Speed alone: a valid value is checked again and found valid.",
  },
  {
    file: source("memory/memory"),
    mutants: [
      { code: "end + added > this.maximum", becomes: ["false"] },
      { code: "end + added", becomes: ["end - added"] },
    ],
    why: "Speed alone: if the memory cannot grow that far, the attempt throws, which also leads to NULL.",
  },
  {
    file: source("pages/machine"),
    mutants: [{ code: "granule + 1", becomes: ["granule - 1"] }],
    why: "The found range ends after the granule, so any end up to the next granule is covered if the start is.",
  },
  {
    file: source("pages/machine"),
    mutants: [{ code: "index < this.free.count", becomes: ["index <= this.free.count"] }],
    why: "After the last range stands a start larger than every end, so nothing fits there.",
  },
  {
    file: source("pages/machine"),
    mutants: [{ code: "last >= 0", becomes: ["true"] }],
    why: "Without a range, the word read as an end is the count, 0, and no memory ends there.",
  },
  {
    file: source("allocator/capabilities"),
    mutants: [{ code: "{ value: undefined }", becomes: ["{}"] }],
    why: "A property defined without a value has the value undefined.",
  },
  {
    file: source("adapters/to-malloc"),
    mutants: [{ code: "to.size < from.size", becomes: ["to.size <= from.size"] }],
    why: "A resize to the same size is both a grow and a shrink, and either is right.",
  },
  {
    file: source("adapters/to-malloc"),
    mutants: [{ code: "n < 0", becomes: ["n <= 0"] }],
    why: "0 is 0 as an unsigned number.",
  },
];
