/**
 * Reads a trace in memory, by the same rules as one from bytes.
 *
 * A program may have built it by hand, so all of it is checked: its parts before the first event, each event, and the counts of
 * the header at the end.
 *
 * @module
 */
import { TraceCheck } from "./check.ts";
import { type Batch, type Trace, TraceError } from "./format.ts";
import { headerLines } from "./header.ts";

/** Events per batch. */
const PIECE = 4096;
/** Bytes per event. */
const BYTES = 13;
const COLUMNS = { kinds: "Uint8Array", ids: "Uint32Array", sizes: "Uint32Array", aligns: "Uint32Array" } as const;

/**
 * Yields the checked events of a trace in batches.
 *
 * @throws `TraceError` with the line that `writeTrace` would give to the invalid event
 */
export function* readMemory(trace: Trace): Generator<Batch> {
  requireParts(trace);
  const { length, header } = trace;
  const first = headerLines(header).length + 1;
  const check = new TraceCheck(header);
  let start = 0;
  do {
    const end = Math.min(start + PIECE, length);
    const kinds = trace.kinds.subarray(start, end);
    const ids = trace.ids.subarray(start, end);
    const sizes = trace.sizes.subarray(start, end);
    const aligns = trace.aligns.subarray(start, end);
    for (let index = 0; index < kinds.length; index++) {
      check.event(first + start + index, kinds[index]!, ids[index]!, sizes[index]!, aligns[index]!);
    }
    yield { length: end - start, kinds, ids, sizes, aligns, header, line: first + start, read: end * BYTES };
    start = end;
  } while (start < length);
  check.end(first + length);
}

/** Throws unless there are a header and four columns of the right type and length. */
function requireParts(trace: Trace): void {
  const { length, header } = trace;
  if (typeof header?.fields !== "object" || header.fields === null) {
    throw new TraceError(1, `a trace in memory must have a header with fields, got ${header}`);
  }
  if (!Number.isSafeInteger(length) || length < 0) {
    throw new TraceError(1, `the length of a trace in memory must be an integer of at least 0, got ${length}`);
  }
  for (const [name, type] of Object.entries(COLUMNS)) {
    const column: Trace[keyof typeof COLUMNS] | undefined = trace[name as keyof typeof COLUMNS];
    const came = Object.prototype.toString.call(column).slice(8, -1);
    if (came === type && column!.length >= length) continue;
    throw new TraceError(
      1,
      `the column ${name} must be a ${type} of at least ${length} values, got ${came} of ${column?.length ?? "none"}`,
    );
  }
}
