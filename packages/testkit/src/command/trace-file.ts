/**
 * Trace files: in the trace format, optionally gzip, or of the malloc lab if they end in `.rep` or `.rep.gz`.
 *
 * @module
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { readingOf } from "../arguments.ts";
import { printable } from "../printable.ts";
import type { ReadOptions, Trace, TraceSource } from "../trace/format.ts";
import { parseTrace } from "../trace/parse.ts";
import { parseRep } from "../trace/rep.ts";
import { UsageError } from "./usage.ts";

/** Maximum number of characters of a trace name in a table. */
const MOST_NAME = 80;

/** Throws a `UsageError` unless every trace is a file. */
export async function requireTraces(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) continue;
    throw new UsageError(
      `expected the path of a trace file, got ${path}, which ${found === undefined ? "does not exist" : "is not a file"}`,
    );
  }
}

/** Returns a source for `replay` and `parseTrace`. */
export async function sourceOf(path: string, options: ReadOptions): Promise<TraceSource> {
  const bytes = createReadStream(path);
  return /\.rep(\.gz)?$/.test(path) ? parseRep(bytes, {}, readingOf(options)) : bytes;
}

/** Reads a whole trace. */
export async function parsed(path: string, options: ReadOptions): Promise<Trace> {
  return parseTrace(await sourceOf(path, options), undefined, readingOf(options));
}

/** Returns the name of a trace for a table. */
export function traceName(path: string): string {
  return printable(basename(path).replace(/(\.trace)?(\.gz)?$/, ""), MOST_NAME);
}
