/**
 * Contenders: the peers that are checked, and what is run on each.
 *
 * @module
 */
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { RuleId } from "@alloc/testkit";

/** A check, or a replay, of one export of an adapter. */
export interface Run {
  readonly kind: "check" | "replay";
  readonly export: string;
  /** What is made, and what is done to it: a heading. */
  readonly title: string;
  /** What has to be said so that nobody is accused wrongly. */
  readonly note?: string;
  /** Rules that are not tried, and why. */
  readonly skip?: Partial<Record<RuleId, string>>;
  /** What is behind the failure, as its source shows; told only where there is one. */
  readonly because?: string;
}

export interface Contender {
  /** The package, as npm knows it. */
  readonly name: string;
  /** What of it is checked. */
  readonly part: string;
  /** The file of its adapter in this folder, without its ending. */
  readonly adapter: string;
  /** The package that brings it, if it is no dependency of ours. */
  readonly inside?: string;
  /** What it is, and what the adapter had to add. */
  readonly about: string;
  /** The first is the check of all that it promises. */
  readonly runs: readonly Run[];
}

const grows = (because = ""): Run => ({
  kind: "replay",
  export: "default",
  title: "Two buffers that grow in turn",
  because,
});
const twice = (because = ""): Run => ({
  kind: "check",
  export: "twice",
  title: "After a second release",
  note: "`make` allocates 16 bytes and releases them twice, before anything else.",
  because,
});

export const CONTENDERS: readonly Contender[] = [
  {
    name: "@thi.ng/malloc",
    part: "MemPool",
    adapter: "thi-ng",
    about: `A \`MemPool\` with \`align: 8\` over 1 MiB, by its own malloc, calloc, realloc, free and freeAll. Where its \`free\` answers false the
adapter throws a MisuseError: that is declared as seeing a second release, an address inside a block, and a foreign one. A request
of more than 1 MiB is answered with NULL by the adapter, but for the third check.`,
    runs: [
      {
        kind: "check",
        export: "default",
        title: "Over an ArrayBuffer",
        because: `**The overlap after shrinking the top block.** Where a shrink of the block at the top gives less than 16 bytes back,
\`reallocBlock\` lowers \`top\` and leaves the size in the header as it was: the next block begins inside of what the header claims,
and is written over when the place is handed out again. With other seeds the header that is written over makes \`free\` run in a
circle.`,
      },
      grows(`**The realloc that leaks on a move.** \`reallocBlock\` calls \`free\` with the address of the header. That of the block
is 8 bytes behind it, so \`free\` finds nothing and answers false, and the old block stays in use for ever.`),
      {
        kind: "check",
        export: "unbounded",
        title: "Asked for more than there is",
        because: `Sizes are aligned by \`&\`, which makes a negative number of one from 2 GiB on. That growZeroed throws is the same:
it clears what it was told that it got.`,
      },
      {
        kind: "check",
        export: "inGuest",
        title: "Over a WebAssembly.Memory that grows",
        note: "Its README names the memory of a WebAssembly module as a use; that it may grow, it does not promise.",
        skip: { "1.6": "what it throws after the memory grew is 8.1; over an ArrayBuffer it is tried" },
        because: `Its views are made once, and empty when the memory has grown: it finds no block, and serves none.`,
      },
      twice(),
    ],
  },
  {
    name: "malloc",
    part: "the skip list of codemix",
    adapter: "codemix",
    about: `An \`Allocator\` over 1 MiB, by its own alloc, calloc and free. It has no realloc: a resize is a new block, a copy and a
release. A size is an int32 to it, and more than it has is a RangeError: the adapter answers NULL for more than 1 MiB. It throws for
an address outside of its range, which is declared; to see a second release it does not promise.`,
    runs: [
      { kind: "check", export: "default", title: "Over an ArrayBuffer" },
      grows(),
      twice(`**The double free that hangs.** The block is put into the list of free blocks a second time, and is its own successor
there: the next search runs in a circle.`),
    ],
  },
  {
    name: "assemblyscript",
    part: "the TLSF of AssemblyScript",
    adapter: "assemblyscript",
    about: `\`heap.alloc\`, \`heap.realloc\` and \`heap.free\`, exported by a module that its compiler makes when the
adapter is loaded (\`--runtime minimal --optimize\`, at most 2 MiB). It traps where there is no room; the adapter answers NULL then. It
asserts that a block is in use, which is declared as seeing a second release.`,
    runs: [{ kind: "check", export: "default", title: "In its own memory" }, grows(), twice()],
  },
  {
    name: "binaryen",
    part: "the malloc of Emscripten",
    adapter: "emscripten",
    inside: "assemblyscript",
    about: `A malloc in C: \`_malloc\` and \`_free\` of binaryen, which AssemblyScript brings built, so that no compiler
is needed. It exports neither its memory nor a realloc: addresses are compared, and no byte is read. A second release is undefined
in C, and not tried.`,
    runs: [{ kind: "check", export: "default", title: "In the memory of the compiler" }],
  },
];

/** Answers the version of a contender that is installed. */
export function versionOf({ name, inside }: Contender): string {
  const installed = (path: string) =>
    fileURLToPath(new URL(`../../node_modules/${path}/package.json`, import.meta.url));
  const file =
    inside === undefined
      ? installed(name)
      : // The packages of a package lie beside where it really is.
        createRequire(realpathSync(installed(inside))).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
