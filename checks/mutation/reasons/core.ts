import type { Reason } from "../judge.ts";

const source = (name: string) => `packages/core/src/${name}.ts`;

export const CORE: readonly Reason[] = [
  {
    file: source("access"),
    mutants: [{ code: "this.growsSilently || views.u8.length === 0", becomes: ["true"] }],
    why: "Speed alone: it looks for a new buffer at each access, also where the old views would show that there is one.",
  },
  {
    file: source("access"),
    mutants: [{ code: "this.view(Uint8Array, ptr, length).slice()", becomes: ["this.view(Uint8Array, ptr, length)"] }],
    why: "Browsers refuse to decode shared bytes; Node, on which the tests run, does not.",
  },
  {
    file: source("from-malloc"),
    mutants: [
      { code: "align <= native", becomes: ["align < native"], on: "c.malloc" },
      { code: "align <= native", becomes: ["align < native", "false"], on: "c.free" },
      { code: "start === 0", becomes: ["false"] },
    ],
    why: "Speed and memory alone: an entry is made in the map, or looked up, that says what the address says without it.",
  },
  {
    file: source("graph"),
    mutants: [{ code: "[]", becomes: ['["Stryker was here"]'], on: "nodes" }],
    why: "Every member is written at its id, and the first of them has the id 0.",
  },
  {
    file: source("layout"),
    mutants: [
      {
        code: "(size << 1) >>> 1 !== size || align <= 0 || (align & -align) !== align",
        becomes: ["true"],
      },
    ],
    why: "Speed alone: what can be is looked at again, and found to be right.",
  },
  {
    file: source("memory"),
    mutants: [
      { code: "end + added > this.maximum", becomes: ["false"] },
      { code: "end + added", becomes: ["end - added"] },
    ],
    why: "Speed alone: what cannot grow, or not so far, throws in the attempt, and that is answered with NULL, too.",
  },
  {
    file: source("pages"),
    mutants: [{ code: "granule + 1", becomes: ["granule - 1"] }],
    why: "The range that is found ends behind the granule, so any end up to the next granule is covered where the start is.",
  },
  {
    file: source("pages"),
    mutants: [{ code: "index < this.free.count", becomes: ["index <= this.free.count"] }],
    why: "Behind the last range stands a start that is larger than every end, so nothing fits there.",
  },
  {
    file: source("pages"),
    mutants: [{ code: "last >= 0", becomes: ["true"] }],
    why: "Where there is no range, the word that is read as an end is the count, 0, and no memory ends there.",
  },
  {
    file: source("capabilities"),
    mutants: [{ code: "{ value: undefined }", becomes: ["{}"] }],
    why: "A property that is defined without a value has the value undefined.",
  },
  {
    file: source("to-malloc"),
    mutants: [{ code: "to.size < from.size", becomes: ["to.size <= from.size"] }],
    why: "To resize to the same size is a grow and a shrink: either is right.",
  },
  {
    file: source("to-malloc"),
    mutants: [{ code: "n < 0", becomes: ["n <= 0"] }],
    why: "0 is 0 as an unsigned number.",
  },
];
