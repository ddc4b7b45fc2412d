/**
 * Trace files: in our format, gzip or not, and those of the malloc lab by the ending `.rep` or `.rep.gz`.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { printable } from "../printable.ts";
import type { ReadOptions, Trace, TraceSource } from "../trace/format.ts";
import { parseTrace } from "../trace/parse.ts";
import { parseRep } from "../trace/rep.ts";
import { UsageError } from "./usage.ts";

/** Of a name in a table so many characters are printed. */
const MOST_NAME = 80;

/** Throws a `UsageError` unless every trace is a file. */
export async function requireTraces(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) continue;
    throw new UsageError(
      `expected the path of a trace file, came ${path}, which is ${found === undefined ? "not there" : "no file"}`,
    );
  }
}

/** Answers what `replay` and `parseTrace` read. */
export async function sourceOf(path: string, options: ReadOptions): Promise<TraceSource> {
  const bytes = createReadStream(path);
  return /\.rep(\.gz)?$/.test(path) ? parseRep(bytes, {}, options) : bytes;
}

/** Reads a whole trace. */
export async function parsed(path: string, options: ReadOptions): Promise<Trace> {
  return parseTrace(await sourceOf(path, options), undefined, options);
}

/** The name of a trace in a table. */
export function traceName(path: string): string {
  return printable(basename(path).replace(/(\.trace)?(\.gz)?$/, ""), MOST_NAME);
}
