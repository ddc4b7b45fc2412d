/**
 * Contenders: what is measured, what a reader must know of each, and how its processes are run.
 *
 *     JavaScript    node worker.js            our allocators and the peers that JavaScript can call
 *     C             replay, LD_PRELOAD=…      the malloc of the C library, and those the loader finds
 *
 * The empty loop is a contender too. Its time is subtracted from the others of its language.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EMPTY, type Language } from "./empty.ts";
import type { Native } from "./native.ts";
import type { Memories, MemoryAsked, Request, TimeAsked, Times } from "./sample.ts";

export interface Contender {
  readonly name: string;
  readonly language: Language;
  /** A description; for a peer, what it does differently. */
  readonly about: string;
  /** Why it cannot run here. */
  readonly missing?: string;
  time(asked: TimeAsked): Promise<Times>;
  memory(asked: MemoryAsked): Promise<Memories>;
}

/** The runs of a missing contender. */
const UNREACHABLE = {
  time: () => Promise.reject(new Error("a missing contender was run")),
  memory: () => Promise.reject(new Error("a missing contender was run")),
};
/** The time limit of a process, in ms. */
const PATIENCE = 60_000;
const execute = promisify(execFile);

const JAVASCRIPT: readonly [name: string, about: string][] = [
  ["system", "`system()`"],
  ["checked", "`system({ checked: true })`"],
  ["tinyHeap", "`tinyHeap()`"],
  ["chain", "`fallback(freeList(64), system())`"],
  ["floor", "stacks of released blocks by size, no reuse across sizes and nothing given back: the least a heap can do"],
  ["emscripten", "Emscripten's dlmalloc in WebAssembly, from binaryen; a resize is a new block and a copy"],
  ["assemblyscript", "AssemblyScript's TLSF in WebAssembly"],
  ["thi-ng", "`@thi.ng/malloc`; a resize is a new block and a copy, because its own realloc leaks"],
  ["codemix", "`malloc` of npm; a resize is a new block and a copy"],
  ["typedarray-pool", "arrays rounded up to a power of two; a resize is a new array and a copy"],
  ["new Uint8Array", "left to the garbage collector"],
  ["Buffer.allocUnsafe", "left to the garbage collector"],
];

const NATIVE: readonly [name: string, about: string, libraries: readonly string[] | undefined, env?: object][] = [
  ["glibc", "the malloc of the C library", undefined],
  ["glibc never trimming", "never gives memory back, as a linear memory does", undefined, { REPLAY_NEVER_TRIM: "1" }],
  ["mimalloc", "by LD_PRELOAD", ["libmimalloc.so.3", "libmimalloc.so.2", "libmimalloc.so.2.0", "libmimalloc.so"]],
  ["jemalloc", "by LD_PRELOAD", ["libjemalloc.so.2", "libjemalloc.so"]],
  ["tcmalloc", "by LD_PRELOAD", ["libtcmalloc_minimal.so.4", "libtcmalloc.so.4", "libtcmalloc_minimal.so"]],
];

/**
 * Returns every contender, including missing ones.
 *
 * @param worker - the worker's file
 * @param native - the replayer in C, or why there is none
 */
export async function contenders(worker: string, native: Native | string): Promise<readonly Contender[]> {
  const found = await Promise.all(
    NATIVE.map(async ([name, about, libraries, env = {}]): Promise<Contender> => {
      const missing = (why: string) => ({ name, language: "C" as const, about, missing: why, ...UNREACHABLE });
      if (typeof native === "string") return missing(native);
      const library = libraries === undefined ? "" : await native.find(libraries);
      if (library === undefined) return missing(`the loader finds no ${libraries![0]}`);
      return {
        name,
        language: "C",
        about,
        ...native.under({ ...env, ...(library !== "" && { LD_PRELOAD: library }) }),
      };
    }),
  );
  const loop = "the loop without the calls";
  const emptyC =
    typeof native === "string" ? [] : [{ name: EMPTY.C, language: "C" as const, about: loop, ...native.empty }];
  return [
    javaScript(EMPTY.JavaScript, loop),
    ...JAVASCRIPT.map(([name, about]) => javaScript(name, about)),
    ...emptyC,
    ...found,
  ];

  function javaScript(name: string, about: string): Contender {
    const time = (asked: TimeAsked) => askWorker<Times>(worker, { mode: "time", ...asked });
    const memory = (asked: MemoryAsked) => askWorker<Memories>(worker, { mode: "memory", ...asked });
    return { name, language: "JavaScript", about, time, memory };
  }
}

/** Runs a worker in JavaScript. */
export async function askWorker<T>(worker: string, request: Request, flags: readonly string[] = []): Promise<T> {
  return JSON.parse(await output(process.execPath, [...flags, worker, JSON.stringify(request)])) as T;
}

/**
 * Runs a program to its end.
 *
 * @throws `Error` with the program's own message if it fails or takes too long
 */
export async function output(program: string, args: readonly string[], env: object = {}): Promise<string> {
  try {
    const options = { env: { ...process.env, ...env }, timeout: PATIENCE, maxBuffer: 2 ** 26 };
    return (await execute(program, args, options)).stdout;
  } catch (error) {
    const { killed, stderr, message } = error as Error & { killed?: boolean; stderr?: string };
    if (killed) throw new Error(`it took longer than ${PATIENCE / 1000} s`);
    throw new Error(/^(?:\w*Error|replay): (.*)$/m.exec(stderr ?? "")?.[1] ?? message.split("\n")[0]!);
  }
}

/**
 * Returns the contenders of these names, and the empty loops they need.
 *
 * @param names - default: all
 * @throws `Error` that lists the known names if one is unknown
 */
export function chosen(all: readonly Contender[], names?: readonly string[]): readonly Contender[] {
  if (names === undefined) return all;
  for (const name of names) {
    if (all.some((it) => it.name === name)) continue;
    const known = all.map((it) => `"${it.name}"`).join(", ");
    throw new Error(`there is no contender "${name}": expected one of ${known}`);
  }
  const languages = new Set(all.filter(({ name }) => names.includes(name)).map(({ language }) => language));
  const empty = new Set([...languages].map((language) => EMPTY[language]));
  return all.filter(({ name }) => names.includes(name) || empty.has(name));
}
