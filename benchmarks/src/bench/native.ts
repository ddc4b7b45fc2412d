/**
 * native: the replayer in C, compiled if there is a compiler, and the libraries that the loader can preload.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { type Contender, output } from "./contenders.ts";
import type { Asked, Memories, TimeAsked, Times } from "./sample.ts";

const execute = promisify(execFile);
const FLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra"];

/** How a malloc in C is measured. */
export type Runs = Pick<Contender, "time" | "memory">;

/** A compiled replayer. */
export interface Native {
  /** Returns the first of some libraries that the loader finds, if any. */
  find(libraries: readonly string[]): Promise<string | undefined>;
  /** Plays through the malloc of an environment. */
  under(env: Readonly<Record<string, string>>): Runs;
  /** Plays the loop without the calls. */
  readonly empty: Runs;
}

/**
 * Compiles a program or a library in C.
 *
 * @returns why it was not compiled; undefined if it was
 */
export async function compileC(
  source: string,
  out: string,
  flags: readonly string[] = [],
): Promise<string | undefined> {
  const compiler = process.env.CC ?? "cc";
  if (process.platform !== "linux") return `${basename(source)} is for Linux`;
  try {
    await execute(compiler, [...FLAGS, ...flags, source, "-o", out]);
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    return code === "ENOENT" ? `there is no compiler ${compiler}` : `${compiler} failed: ${stderr?.split("\n")[0]}`;
  }
}

/**
 * Compiles the replayer.
 *
 * @param source - replay.c
 * @param folder - where to write the program
 * @returns the replayer, or why there is none
 */
export async function compileNative(source: string, folder: string): Promise<Native | string> {
  const program = join(folder, "replay");
  const fault = await compileC(source, program);
  if (fault !== undefined) return fault;
  const run = async (mode: string, { file, align }: Asked, rest: readonly number[], env: object) =>
    JSON.parse(await output(program, [mode, file, align, ...rest].map(String), env)) as unknown;
  const time = (mode: string, asked: TimeAsked, env: object) =>
    run(mode, asked, [asked.warmUp, asked.measured], env) as Promise<Times>;
  return {
    async find(libraries) {
      for (const library of libraries) {
        // The loader warns about a library it cannot find, and goes on without it.
        const { stderr } = await execute(program, ["probe"], { env: { ...process.env, LD_PRELOAD: library } });
        if (stderr === "") return library;
      }
      return undefined;
    },
    under: (env) => ({
      time: (asked) => time("time", asked, env),
      async memory(asked) {
        const { peak, arena, held, end, arenaAtEnd } = (await run(
          "memory",
          asked,
          [asked.samples],
          env,
        )) as Memories & {
          arena: number;
          arenaAtEnd: number;
        };
        // A contender that never gives memory back ends with its peak, to the byte.
        return "REPLAY_NEVER_TRIM" in env ? { peak: arena, held, end: arenaAtEnd } : { peak, held, end };
      },
    }),
    empty: {
      time: (asked) => time("empty", asked, {}),
      memory: () => Promise.resolve({ peak: 0, held: [], end: 0 }),
    },
  };
}
