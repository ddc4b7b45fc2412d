/**
 * The packages as npm delivers them: packed once per run, and installed once per run from their tarballs.
 *
 * @module
 */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../support/shell.ts";

/** pnpm packs, because only pnpm replaces "workspace:" by a version. */
async function pnpm(root: string): Promise<string> {
  return JSON.parse(await readFile(join(root, "package.json"), "utf8")).packageManager;
}

/** The command that runs pnpm; its arguments follow. */
export async function pnpmCommand(root: string): Promise<readonly ["npx", ...string[]]> {
  return ["npx", "--yes", "-p", await pnpm(root), "pnpm"];
}

/** The packed packages. */
export interface Tarballs {
  /** The path of each tarball, by package name. */
  readonly paths: Readonly<Record<string, string>>;
  /** A folder with the packages in its `node_modules`. */
  readonly folder: string;
}

/** Packs all packages of the repository, and installs them into a folder. */
export async function pack(root: string, temporary: string): Promise<Tarballs> {
  const packed = join(temporary, "tarballs");
  const folder = join(temporary, "installed");
  await mkdir(packed);
  await mkdir(folder);
  const command = await pnpmCommand(root);
  await must([...command, "-r", "--filter", "./packages/*", "pack", "--pack-destination", packed], root);
  const files = (await readdir(packed)).filter((file) => file.endsWith(".tgz"));
  const paths = Object.fromEntries(files.map((file) => [nameOf(file), join(packed, file)]));
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: dependencies(paths) }));
  await must(["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"], folder);
  return { paths, folder };
}

/** Returns tarballs as dependencies of a package.json. */
export function dependencies(paths: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, `file:${path}`]));
}

/** `alloc-core-0.0.0.tgz` → `@alloc/core` */
function nameOf(file: string): string {
  return file.replace(/^alloc-(\w+)-.*$/, "@alloc/$1");
}

async function must(command: readonly [string, ...string[]], folder: string): Promise<void> {
  const { code, output } = await run(command, folder);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${output}`);
}
