/**
 * The tools of a command: pinned ones from npm, kept in a temporary folder for the next run, and those of the system.
 *
 *     { bun: "1.4.5" }               ──▶  <temporary>/alloc-consumers/bun-7eff4e7d/node_modules/.bin/bun
 *     "firefox-esr", "firefox"       ──▶  the first one that runs
 *
 * What is missing is a reason to be shown, never an error.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { faultOf, run } from "./shell.ts";

/** Why a tool is missing. */
export interface Missing {
  readonly why: string;
}

/** Packages of npm, each with an exact version. */
export type Tools = Readonly<Record<string, string>>;

const CACHE = join(tmpdir(), "alloc-consumers");

/** Installs tools unless they are there, and returns the folder with their `node_modules`. */
export async function folderOf(tools: Tools): Promise<string | Missing> {
  const key = createHash("sha256").update(JSON.stringify(tools)).digest("hex").slice(0, 8);
  const home = join(CACHE, `${Object.keys(tools)[0]!.replaceAll("/", "+")}-${key}`);
  const done = join(home, "installed");
  if (existsSync(done)) return home;
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "package.json"), JSON.stringify({ private: true, dependencies: tools }));
  const { code, output } = await run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], home);
  if (code !== 0) return { why: `not installed here: ${faultOf(output, home)}` };
  await writeFile(done, "");
  return home;
}

/** Returns the first of these programs that prints its version. */
export async function firstOf(programs: readonly string[]): Promise<string | Missing> {
  for (const program of programs) if ((await run([program, "--version"], tmpdir())).code === 0) return program;
  return { why: `not installed here: no ${programs.join(", ")} on the path` };
}
