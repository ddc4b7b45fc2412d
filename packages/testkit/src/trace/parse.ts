/**
 * parseTrace: a whole trace in typed arrays, for those who want to time an allocator and not the reading.
 *
 * @module
 */
import { Columns } from "./columns.ts";
import type { ReadOptions, Trace, TraceHeader, TraceSource } from "./format.ts";
import { readTrace } from "./read.ts";

/**
 * Reads a whole trace into typed arrays. Of a trace in memory it makes a checked copy.
 *
 * @param source - the bytes, gzip or not, or a trace in memory
 * @param onProgress - told how many bytes of the source were read so far
 * @throws `TraceError` at the first line that is not in the format, and where the text is longer than `maxBytes`
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
  // The header is only trusted as far as there are events, so it does not say how long the columns shall be.
  const events = new Columns();
  let header: TraceHeader | undefined;
  for await (const batch of readTrace(source, options)) {
    events.pushAll(batch);
    header = batch.header;
    onProgress?.(batch.read);
  }
  return { ...Columns.of(events), header: header! };
}
