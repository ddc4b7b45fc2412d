/**
 * stage: workloads by name, each written to a file of columns that every contender can read.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseTrace } from "@alloc/testkit";
import { type Columns, columnsOf, encodeColumns } from "./columns.ts";
import { SAMPLES, type Staged } from "./rounds.ts";

/** A workload to be made. */
export interface Source {
  readonly name: string;
  readonly about: string;
  make(): Columns | Promise<Columns>;
}

/** Writes a workload into a folder, over the previous one: the largest are larger than all others together. */
export async function stage({ name, make }: Source, folder: string): Promise<Staged> {
  const columns = await make();
  const file = join(folder, "columns");
  await writeFile(file, encodeColumns(columns));
  return { name, file, peak: columns.peak, operations: columns.length, live: liveAt(columns, SAMPLES) };
}

/** Returns the live bytes, as requested, at equal distances from the first event to the last. */
export function liveAt({ length, size, before }: Columns, samples: number): number[] {
  const live: number[] = [];
  let bytes = 0;
  for (let index = 0; index < length; index++) {
    bytes += size[index]! - before[index]!;
    while (live.length < samples && index + 1 >= Math.floor(((live.length + 1) * length) / samples)) live.push(bytes);
  }
  return live;
}

/**
 * Returns the traces of a folder, by name; a path of a file stands for that file.
 *
 * @throws `Error` if there is none
 */
export async function tracesIn(path: string): Promise<Source[]> {
  const isFolder = (await stat(path)).isDirectory();
  const files = isFolder ? (await readdir(path)).filter((name) => TRACE.test(name)).sort() : [basename(path)];
  if (files.length === 0) throw new Error(`no trace in ${path}: expected files ending in .trace or .trace.gz`);
  return files.map((file) => ({
    name: file.replace(TRACE, ""),
    about: "a recorded program",
    make: async () => columnsOf(await parseTrace(createReadStream(isFolder ? join(path, file) : path))),
  }));
}

const TRACE = /\.trace(?:\.gz)?$/;
