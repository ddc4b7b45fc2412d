/**
 * The project of a consumer: made anew each time, in a folder whose parent has the tools.
 *
 *     <temporary>/alloc-consumers/<tools>/node_modules            typescript, vite, …: kept for the next run
 *     <temporary>/alloc-consumers/<tools>/project/node_modules    the packages, from their tarballs
 *                                                 use.js …        the files of the consumer
 *
 * @module
 */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { faultOf, run } from "../support/shell.ts";
import { firstOf, folderOf } from "../support/tools.ts";
import type { Consumer, Outcome } from "./consumer.ts";
import { dependencies, pnpmCommand, type Tarballs } from "./tarballs.ts";

/** The settings shared by all projects of a run. */
export interface Setting {
  /** The repository. */
  readonly root: string;
  readonly tarballs: Tarballs;
}

/** Makes the project of a consumer, runs its commands, and returns the outcome. */
export async function tryOut(consumer: Consumer, setting: Setting): Promise<Outcome> {
  if (consumer.impossible !== undefined) return { kind: "absent", why: consumer.impossible };
  for (const programs of consumer.needs ?? []) {
    const found = await firstOf(programs);
    if (typeof found !== "string") return { kind: "absent", ...found };
  }
  const home = await folderOf(consumer.tools);
  if (typeof home !== "string") return { kind: "absent", ...home };
  const start = performance.now();
  const project = join(home, "project");
  await rm(project, { recursive: true, force: true });
  await mkdir(project);
  await writeFiles(consumer, setting, project);
  const refused = await install(consumer, setting, project);
  if (refused !== undefined) return refused;
  const bins = [join(project, "node_modules/.bin"), join(home, "node_modules/.bin")];
  for (const command of consumer.commands) {
    const { code, output } = await run(command, project, bins);
    if (code !== 0) return { kind: "failed", fault: faultOf(output, project), output };
  }
  return { kind: "ok", seconds: (performance.now() - start) / 1000 };
}

async function writeFiles({ files }: Consumer, { root }: Setting, project: string): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    const path = join(project, name);
    await mkdir(dirname(path), { recursive: true });
    const text = "text" in file ? file.text : await readFile(join(root, "checks/consumers/programs", file.program));
    await writeFile(path, text);
  }
}

/** Puts the packages into a project: copies of npm's installation of the tarballs, or pnpm's installation of one of them. */
async function install(consumer: Consumer, { root, tarballs }: Setting, project: string): Promise<Outcome | undefined> {
  const { folder, paths } = tarballs;
  if (consumer.only === undefined) {
    await cp(join(folder, "node_modules"), join(project, "node_modules"), { recursive: true, verbatimSymlinks: true });
    return undefined;
  }
  const manifest = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
  const all = dependencies(paths);
  manifest.dependencies = { [consumer.only]: all[consumer.only] };
  manifest.pnpm = { overrides: all };
  await writeFile(join(project, "package.json"), JSON.stringify(manifest));
  const command = [...(await pnpmCommand(root)), "install", "--ignore-workspace", "--no-frozen-lockfile"] as const;
  const { code, output } = await run(command, project);
  return code === 0 ? undefined : { kind: "failed", fault: faultOf(output, project), output };
}
