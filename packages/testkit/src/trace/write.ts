/**
 * writeTrace: the text of a trace, piece by piece.
 *
 *     columns │ 0 0 40 0 │ 2 0 80 0 │ 3 0 0 0 │  ──▶  "a 0 40\nr 0 80\nf 0\n"
 *
 * The trace is checked as it is written, so a hand-made trace cannot become an unreadable file.
 *
 * @module
 */
import { requireFlag, requireOptions } from "@alloc/core/author";
import { readingOf } from "../arguments.ts";
import {
  ALLOCATE,
  ALLOCATE_ZEROED,
  type Batch,
  RELEASE,
  RESIZE,
  type ReadOptions,
  type TraceSource,
} from "./format.ts";
import { headerLines } from "./header.ts";
import { readTrace } from "./read.ts";
import { through } from "./through.ts";

const LETTERS: Record<number, string> = { [ALLOCATE]: "a", [ALLOCATE_ZEROED]: "c", [RESIZE]: "r", [RELEASE]: "f" };

/** Options of {@link writeTrace}. */
export interface WriteOptions extends ReadOptions {
  /**
   * Whether to compress the bytes.
   *
   * @defaultValue false
   */
  readonly gzip?: boolean;
}

/**
 * Writes a trace in the format, piece by piece. Reading the result gives an equal trace, and writing that gives the same bytes.
 * Memory: one piece, and the live blocks.
 *
 * @param source - a trace in memory; or bytes, to check, compress or decompress them
 * @param options - see {@link WriteOptions}
 * @returns the bytes in pieces
 * @throws `TraceError` if the trace is invalid; discard the bytes written so far
 * @example
 * ```ts
 * import { parseTrace, writeTrace } from "@alloc/testkit";
 *
 * const text = "# alloctrace 1\n# ids: 1\n# ops: 2\n# peak: 40\n# maxlive: 1\na 0 40\nf 0\n";
 * const trace = await parseTrace(new TextEncoder().encode(text));
 * let written = "";
 * for await (const bytes of writeTrace(trace)) written += new TextDecoder().decode(bytes);
 * written === text; // => true
 * ```
 */
export function writeTrace(source: TraceSource, options: WriteOptions = {}): AsyncGenerator<Uint8Array> {
  requireOptions("writeTrace(trace, { gzip })", options, ["gzip", "maxBytes"]);
  requireFlag("writeTrace(trace, { gzip: true })", "gzip", options.gzip);
  const text = textOf(source, options);
  return options.gzip === true ? through(new CompressionStream("gzip"), text) : text;
}

async function* textOf(source: TraceSource, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let isFirst = true;
  for await (const batch of readTrace(source, readingOf(options))) {
    const head = isFirst ? `${headerLines(batch.header).join("\n")}\n` : "";
    yield encoder.encode(head + eventLines(batch));
    isFirst = false;
  }
}

function eventLines({ length, kinds, ids, sizes, aligns }: Batch): string {
  let text = "";
  for (let index = 0; index < length; index++) {
    const kind = kinds[index]!;
    const size = kind === RELEASE ? "" : ` ${sizes[index]}`;
    const align = aligns[index] === 0 ? "" : ` ${aligns[index]}`;
    text += `${LETTERS[kind]} ${ids[index]}${size}${align}\n`;
  }
  return text;
}
