/**
 * Contenders: the peers, and the runs of each.
 *
 * @module
 */
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { RuleId } from "@alloc/testkit";

/** A check or a replay of one export of an adapter. */
export interface Run {
  readonly kind: "check" | "replay";
  readonly export: string;
  /** The heading: what is made, and what is done to it. */
  readonly title: string;
  /** What a reader must know to judge the result fairly. */
  readonly note?: string;
  /** Skipped rules, with reasons. */
  readonly skip?: Partial<Record<RuleId, string>>;
  /** The cause of the failure in the peer's source; printed only for a failure. */
  readonly because?: string;
}

export interface Contender {
  /** The package's name on npm. */
  readonly name: string;
  /** The checked part of it. */
  readonly part: string;
  /** The adapter's file in this folder, without its ending. */
  readonly adapter: string;
  /** The package that brings it, if we do not depend on it directly. */
  readonly inside?: string;
  /** A description, and what the adapter adds. */
  readonly about: string;
  /** The first run checks all that the peer promises. */
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
    about: `A \`MemPool\` with \`align: 8\` over 1 MiB, with its own malloc, calloc, realloc, free and freeAll. If its \`free\` returns false, the
adapter throws a MisuseError: the adapter declares that it detects double frees, interior pointers and foreign pointers. The adapter
returns NULL for a request of more than 1 MiB, except in the third check.`,
    runs: [
      {
        kind: "check",
        export: "default",
        title: "Over an ArrayBuffer",
        because: `**The overlap after shrinking the top block.** If shrinking the top block gives back less than 16 bytes,
\`reallocBlock\` lowers \`top\` but does not change the size in the header. So the next block starts inside the block that the header
describes, and is overwritten when that memory is handed out again. With other seeds the overwritten header makes \`free\` loop
forever.`,
      },
      grows(`**The realloc that leaks on a move.** \`reallocBlock\` calls \`free\` with the address of the header. The block's
address is 8 bytes higher, so \`free\` finds nothing and returns false, and the old block stays in use forever.`),
      {
        kind: "check",
        export: "unbounded",
        title: "Requests larger than the pool",
        because: `Sizes are aligned by \`&\`, which turns a size of 2 GiB or more into a negative number. growZeroed throws for the same
reason: it clears the block it was given.`,
      },
      {
        kind: "check",
        export: "inGuest",
        title: "Over a WebAssembly.Memory that grows",
        note: "Its README names the memory of a WebAssembly module as a use, but does not promise that the memory may grow.",
        skip: { "1.6": "errors after the memory grew are covered by 8.1; the rule is tried over an ArrayBuffer" },
        because: `Its views are made once and are empty after the memory has grown: it finds no block and serves none.`,
      },
      twice(),
    ],
  },
  {
    name: "malloc",
    part: "the skip list of codemix",
    adapter: "codemix",
    about: `An \`Allocator\` over 1 MiB, with its own alloc, calloc and free. It has no realloc: a resize is a new block, a copy and a
release. Its sizes are int32, and it throws a RangeError for more than it has, so the adapter returns NULL for more than 1 MiB. It
throws for an address outside its range, which is declared; it does not promise to detect double frees.`,
    runs: [
      { kind: "check", export: "default", title: "Over an ArrayBuffer" },
      grows(),
      twice(`**The double free that hangs.** The block is put into the list of free blocks a second time and becomes its own
successor, so the next search loops forever.`),
    ],
  },
  {
    name: "assemblyscript",
    part: "the TLSF of AssemblyScript",
    adapter: "assemblyscript",
    about: `\`heap.alloc\`, \`heap.realloc\` and \`heap.free\`, exported by a module that its compiler builds when the adapter is loaded
(\`--runtime minimal --optimize\`, at most 2 MiB). It traps if there is no room; the adapter returns NULL then. It asserts that a block is
in use, so the adapter declares that it detects double frees.`,
    runs: [{ kind: "check", export: "default", title: "In its own memory" }, grows(), twice()],
  },
  {
    name: "binaryen",
    part: "the malloc of Emscripten",
    adapter: "emscripten",
    inside: "assemblyscript",
    about: `A malloc in C: \`_malloc\` and \`_free\` of binaryen, which AssemblyScript brings built, so no compiler is needed. It
exports neither its memory nor a realloc: addresses are compared, and no byte is read. A double free is undefined in C, and not
tried.`,
    runs: [{ kind: "check", export: "default", title: "In the memory of the compiler" }],
  },
];

/** Returns the installed version of a contender. */
export function versionOf({ name, inside }: Contender): string {
  const installed = (path: string) =>
    fileURLToPath(new URL(`../../node_modules/${path}/package.json`, import.meta.url));
  const file =
    inside === undefined
      ? installed(name)
      : // A package's dependencies lie beside its real path.
        createRequire(realpathSync(installed(inside))).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
