/**
 * parseTrace: a whole trace in typed arrays, for timing an allocator without the reading.
 *
 * @module
 */
import { requireCallback } from "../arguments.ts";
import { Columns } from "./columns.ts";
import type { ReadOptions, Trace, TraceHeader, TraceSource } from "./format.ts";
import { readTrace } from "./read.ts";

/**
 * Reads a whole trace into typed arrays. For a trace in memory, makes a checked copy.
 *
 * @param source - the bytes, optionally gzip, or a trace in memory
 * @param onProgress - called with the number of bytes of the source read so far
 * @param options - see {@link ReadOptions}
 * @returns the trace
 * @throws `TraceError` at the first line not in the format, and if the text is longer than `maxBytes`
 * @example
 * ```ts
 * import { parseTrace } from "@alloc/testkit";
 *
 * const text = "# ids: 1\n# ops: 2\n# peak: 40\n# maxlive: 1\na 0 40\nf 0\n";
 * const trace = await parseTrace(new TextEncoder().encode(text));
 * trace.sizes[0]; // => 40
 * ```
 */
export async function parseTrace(
  source: TraceSource,
  onProgress?: (read: number) => void,
  options: ReadOptions = {},
): Promise<Trace> {
  requireCallback("parseTrace(bytes, (read) => { … })", onProgress);
  // The header is untrusted, so the columns grow with the events instead of having its length.
  const events = new Columns();
  let header: TraceHeader | undefined;
  for await (const batch of readTrace(source, options)) {
    events.pushAll(batch);
    header = batch.header;
    onProgress?.(batch.read);
  }
  return { ...Columns.of(events), header: header! };
}
