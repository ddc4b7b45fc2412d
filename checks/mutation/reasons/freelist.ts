import type { Reason } from "../judge.ts";

const source = (name: string) => `packages/freelist/src/${name}.ts`;

export const FREELIST: readonly Reason[] = [
  {
    file: source("freelist"),
    mutants: [{ code: "block > 0", becomes: ["block >= 0"] }],
    why: "The loop ends at a link of 0, so 0 is never checked.",
  },
  {
    file: source("freelist"),
    mutants: [{ code: "block < this.capacity", becomes: ["block <= this.capacity"] }],
    why: "The last link is overwritten by the next line.",
  },
];
