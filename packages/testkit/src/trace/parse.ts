/**
 * parseTrace: a whole trace in typed arrays, for those who want to time an allocator and not the reading.
 *
 * @module
 */
import { type Columns, columns, type Events, type TraceHeader, type TraceSource } from "./format.ts";
import { readTrace } from "./read.ts";

/** A trace in memory: 13 bytes an event. */
export interface Trace extends Events {
  readonly header: TraceHeader;
}

/**
 * Reads a whole trace into typed arrays.
 *
 * @param source - the bytes, gzip or not
 * @param onProgress - told how many bytes of the source were read so far
 * @throws `TraceError` at the first line that is not in the format
 * @example
 * ```ts
 * import { parseTrace } from "@alloc/testkit";
 *
 * const text = "# ids: 1\n# ops: 2\n# peak: 40\n# maxlive: 1\na 0 40\nf 0\n";
 * const trace = await parseTrace(new TextEncoder().encode(text));
 * trace.sizes[0]; // => 40
 * ```
 */
export async function parseTrace(source: TraceSource, onProgress?: (read: number) => void): Promise<Trace> {
  let events = columns(0);
  let header: TraceHeader | undefined;
  for await (const batch of readTrace(source)) {
    const length = events.length + batch.length;
    // The header is only trusted as far as there are events.
    if (length > events.kinds.length) events = widen(events, Math.max(length, 2 * events.length));
    for (const column of ["kinds", "ids", "sizes", "aligns"] as const) {
      events[column].set(batch[column].subarray(0, batch.length), events.length);
    }
    events.length = length;
    header = batch.header;
    onProgress?.(batch.read);
  }
  return { ...widen(events, events.length), header: header! };
}

function widen(events: Events, capacity: number): Columns {
  const wider = columns(capacity);
  for (const column of ["kinds", "ids", "sizes", "aligns"] as const) {
    wider[column].set(events[column].subarray(0, events.length));
  }
  wider.length = events.length;
  return wider;
}
