/**
 * writeTrace: the text of a trace, a piece at a time.
 *
 *     columns │ 0 0 40 0 │ 2 0 80 0 │ 3 0 0 0 │  ──▶  "a 0 40\nr 0 80\nf 0\n"
 *
 * What is written is checked as it is read, so a trace that a program made up does not become a file that nobody can read.
 *
 * @module
 */
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

export interface WriteOptions extends ReadOptions {
  /** Whether the bytes are compressed: false unless said. */
  readonly gzip?: boolean;
}

/**
 * Writes a trace in the format, a piece at a time. What is written so is read back equal, and what was written so is written
 * again byte for byte. Memory: one piece, and the live blocks.
 *
 * @param source - a trace in memory; or bytes, to have them checked, compressed or uncompressed on the way
 * @throws `TraceError` where the trace is not one; what was written until then is of no use
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
  const text = textOf(source, options);
  return options.gzip === true ? through(new CompressionStream("gzip"), text) : text;
}

async function* textOf(source: TraceSource, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let isFirst = true;
  for await (const batch of readTrace(source, options)) {
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
