/**
 * Reads a trace: from bytes to checked events, piece by piece.
 *
 * Only live blocks are kept, so a trace may be larger than memory. Anything not in the format ends the reading with a {@link
 * TraceError} that names the line.
 *
 * @module
 */
import { requireReading, requireSource } from "../arguments.ts";
import { TraceCheck, wrongAlign } from "./check.ts";
import { Columns } from "./columns.ts";
import {
  ALLOCATE,
  ALLOCATE_ZEROED,
  type Batch,
  RELEASE,
  RESIZE,
  type ReadOptions,
  type TraceBytes,
  TraceError,
  type TraceSource,
} from "./format.ts";
import { headerOf, readField, requireShort } from "./header.ts";
import { linesOf, unreadable } from "./lines.ts";
import { readMemory } from "./memory.ts";

/** Event kinds by their first letter. */
const KINDS: ReadonlyMap<number, number> = new Map([
  ["a".charCodeAt(0), ALLOCATE],
  ["c".charCodeAt(0), ALLOCATE_ZEROED],
  ["r".charCodeAt(0), RESIZE],
  ["f".charCodeAt(0), RELEASE],
]);
const LF = 10;
const SPACE = 32;
const HASH = 35;
const ZERO = 48;
/** Shortest event: `f 0` and LF. */
const LEAST_LINE = 4;

/**
 * Reads a trace in batches of checked events. Memory: the live blocks, and one piece of the source.
 *
 * @param source - the bytes, optionally gzip, or a trace in memory
 * @param options - see {@link ReadOptions}
 * @returns the events in batches
 * @throws {@link TraceError} at the first line not in the format, and if the text is longer than `maxBytes`
 * @example
 * ```ts
 * import { readTrace } from "@alloc/testkit";
 *
 * const text = "# ids: 1\n# ops: 2\n# peak: 40\n# maxlive: 1\na 0 40\nf 0\n";
 * let events = 0;
 * for await (const batch of readTrace(new TextEncoder().encode(text))) events += batch.length;
 * events; // => 2
 * ```
 */
export async function* readTrace(source: TraceSource, options: ReadOptions = {}): AsyncGenerator<Batch> {
  requireSource("readTrace", source);
  requireReading("readTrace", options);
  yield* "header" in source ? readMemory(source) : readBytes(source, options);
}

async function* readBytes(source: TraceBytes, options: ReadOptions): AsyncGenerator<Batch> {
  const reader = new TraceReader();
  try {
    for await (const { bytes, read } of linesOf(source, options)) yield* reader.batch(bytes, read);
  } catch (error) {
    throw unreadable(reader.line, error);
  }
  yield* reader.end();
}

class TraceReader {
  /** The next line, from 1. */
  line = 1;
  /** Bytes of the header so far. */
  length = 0;
  readonly fields: Record<string, string> = {};
  /** Set from the first event on. */
  check: TraceCheck | undefined;

  *batch(text: Uint8Array, read: number): Generator<Batch> {
    let start = 0;
    while (this.check === undefined && start < text.length && text[start] === HASH) {
      const end = endOfLine(text, start);
      this.length += end - start;
      requireShort(this.length, this.line);
      readField(new TextDecoder().decode(text.subarray(start, end)), this.fields);
      this.line++;
      start = end + 1;
    }
    if (start >= text.length) return;
    this.check ??= new TraceCheck(headerOf(this.fields, this.line));
    const events = new Columns(Math.ceil((text.length - start) / LEAST_LINE));
    const { line, check } = this;
    while (start < text.length) {
      const end = endOfLine(text, start);
      this.readEvent(check, text, start, end, events);
      start = end + 1;
    }
    yield { ...events, header: check.header, line, read };
  }

  /** Throws unless the trace is complete. */
  *end(): Generator<Batch> {
    const check = this.check ?? new TraceCheck(headerOf(this.fields, this.line));
    check.end(this.line);
    if (this.check === undefined) yield { ...new Columns(), header: check.header, line: this.line, read: 0 };
  }

  readEvent(check: TraceCheck, text: Uint8Array, start: number, end: number, events: Columns): void {
    const kind = KINDS.get(text[start]!);
    if (kind === undefined || text[start + 1] !== SPACE) throw this.unknown(text, start, end);
    const numbers = this.numbers(text, start + 1, end);
    const [id, size = 0, align = 0] = numbers;
    const most = kind === RELEASE ? 1 : kind === RESIZE ? 2 : 3;
    const least = kind === RELEASE ? 1 : 2;
    if (id === undefined || numbers.length < least || numbers.length > most) throw this.unknown(text, start, end);
    // In columns 0 means no align; text must not contain it.
    if (numbers[2] === 0) throw new TraceError(this.line, wrongAlign(0));
    check.event(this.line, kind, id, size, align);
    events.push(kind, id, size, align);
    this.line++;
  }

  numbers(text: Uint8Array, start: number, end: number): number[] {
    const numbers: number[] = [];
    for (let index = start; index < end; ) {
      let number = 0;
      const first = ++index;
      while (index < end && text[index] !== SPACE) {
        const digit = text[index]! - ZERO;
        if (digit < 0 || digit > 9 || index - first > 14) throw this.unknown(text, start - 1, end);
        number = number * 10 + digit;
        index++;
      }
      if (index === first) throw this.unknown(text, start - 1, end);
      numbers.push(number);
    }
    return numbers;
  }

  unknown(text: Uint8Array, start: number, end: number): TraceError {
    const shown = JSON.stringify(new TextDecoder("latin1").decode(text.subarray(start, Math.min(end, start + 40))));
    return new TraceError(
      this.line,
      `expected "a <id> <size> [align]", "c <id> <size> [align]", "r <id> <size>" or "f <id>", got ${shown}`,
    );
  }
}

function endOfLine(text: Uint8Array, start: number): number {
  const end = text.indexOf(LF, start);
  return end < 0 ? text.length : end;
}
