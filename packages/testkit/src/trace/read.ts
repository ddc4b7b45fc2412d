/**
 * Reading a trace: from bytes to checked events, a piece at a time.
 *
 * Only what is live is remembered, so a trace may be longer than memory. Whatever is not in the format ends the reading with
 * a {@link TraceError} that names the line.
 *
 * @module
 */
import {
  ALLOCATE,
  ALLOCATE_ZEROED,
  type Batch,
  type Columns,
  columns,
  RELEASE,
  RESIZE,
  TraceError,
  type TraceHeader,
  type TraceSource,
} from "./format.ts";
import { linesOf } from "./lines.ts";

/** What the first letter of an event means. */
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
/** An event is at least `f 0` and LF. */
const LEAST_LINE = 4;
const MOST_SIZE = 2 ** 32 - 1;

/**
 * Reads a trace in batches of checked events.
 *
 * @param source - the bytes, gzip or not
 * @throws {@link TraceError} at the first line that is not in the format
 */
export async function* readTrace(source: TraceSource): AsyncGenerator<Batch> {
  const reader = new TraceReader();
  try {
    for await (const { bytes, read } of linesOf(source)) yield* reader.batch(bytes, read);
  } catch (error) {
    if (error instanceof TraceError) throw error;
    throw new TraceError(reader.line, `the file cannot be read further: ${causeOf(error)}`);
  }
  yield* reader.end();
}

class TraceReader {
  /** The line that comes next, from 1. */
  line = 1;
  readonly fields: Record<string, string> = {};
  header: TraceHeader | undefined;
  /** Sizes of the live blocks by id. */
  readonly live = new Map<number, number>();
  ids = 0;
  ops = 0;
  bytes = 0;
  peak = 0;
  maxlive = 0;

  *batch(text: Uint8Array, read: number): Generator<Batch> {
    let start = 0;
    while (this.header === undefined && start < text.length && text[start] === HASH) {
      const end = endOfLine(text, start);
      this.readField(text.subarray(start, end));
      start = end + 1;
    }
    if (start >= text.length) return;
    this.header ??= this.finishHeader();
    const events = columns(Math.ceil((text.length - start) / LEAST_LINE));
    const { line, header } = this;
    while (start < text.length) {
      const end = endOfLine(text, start);
      this.readEvent(text, start, end, events);
      start = end + 1;
    }
    yield { ...events, header, line, read };
  }

  /** Throws unless the trace is complete. */
  *end(): Generator<Batch> {
    const header = this.header ?? this.finishHeader();
    this.expect("ops", this.ops, header.ops);
    this.expect("ids", this.ids, header.ids);
    this.expect("peak", this.peak, header.peak);
    this.expect("maxlive", this.maxlive, header.maxlive);
    const [id] = this.live.keys();
    if (id !== undefined) throw this.error(`the file ends, but block ${id} was never released`);
    if (this.header === undefined) yield { ...columns(0), header, line: this.line, read: 0 };
  }

  readField(line: Uint8Array): void {
    const text = new TextDecoder().decode(line).slice(1).trim();
    const colon = text.indexOf(":");
    if (colon > 0) this.fields[text.slice(0, colon)] = text.slice(colon + 1).trim();
    this.line++;
  }

  finishHeader(): TraceHeader {
    const number = (key: string) => {
      const text = this.fields[key];
      if (text === undefined) throw this.error(`the header must say "# ${key}: <number>" before the first event`);
      if (!/^\d{1,15}$/.test(text)) throw this.error(`the header says "# ${key}: ${text}", expected a number`);
      return Number(text);
    };
    const header = { ids: number("ids"), ops: number("ops"), peak: number("peak"), maxlive: number("maxlive") };
    return { ...header, fields: this.fields };
  }

  readEvent(text: Uint8Array, start: number, end: number, events: Columns): void {
    const kind = KINDS.get(text[start]!);
    if (kind === undefined || text[start + 1] !== SPACE) throw this.unknown(text, start, end);
    const numbers = this.numbers(text, start + 1, end);
    const [id, size = 0, align = 0] = numbers;
    const most = kind === RELEASE ? 1 : kind === RESIZE ? 2 : 3;
    const least = kind === RELEASE ? 1 : 2;
    if (id === undefined || numbers.length < least || numbers.length > most) throw this.unknown(text, start, end);
    if (size > MOST_SIZE) throw this.error(`the size must be at most ${MOST_SIZE} bytes, came ${size}`);
    if (numbers.length === 3 && (align > 2 ** 31 || align === 0 || (align & (align - 1)) !== 0)) {
      throw this.error(`the align must be a power of two up to 2147483648, came ${align}`);
    }
    this.follow(kind, id, size);
    const index = events.length++;
    events.kinds[index] = kind;
    events.ids[index] = id;
    events.sizes[index] = size;
    events.aligns[index] = align;
    this.line++;
  }

  /** Keeps what is live, and refuses what cannot be. */
  follow(kind: number, id: number, size: number): void {
    const { live, header } = this;
    if (this.ops >= header!.ops) throw this.error(`the header says ${header!.ops} ops, and here is one more`);
    this.ops++;
    const old = live.get(id);
    if (kind === ALLOCATE || kind === ALLOCATE_ZEROED) {
      if (id !== this.ids)
        throw this.error(`ids count from 0 in the order of allocation: expected ${this.ids}, came ${id}`);
      if (id >= header!.ids) throw this.error(`the header says ${header!.ids} ids, came id ${id}`);
      this.ids++;
    } else if (old === undefined) {
      throw this.error(
        `block ${id} is not live: ${id < this.ids ? "it was released before" : "it was never allocated"}`,
      );
    }
    if (kind === RELEASE) live.delete(id);
    else live.set(id, size);
    this.bytes += size - (old ?? 0);
    this.peak = Math.max(this.peak, this.bytes);
    this.maxlive = Math.max(this.maxlive, live.size);
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

  expect(key: string, actual: number, said: number): void {
    if (actual !== said) throw this.error(`the file ends: the header says ${key} ${said}, the events make ${actual}`);
  }

  unknown(text: Uint8Array, start: number, end: number): TraceError {
    const shown = JSON.stringify(new TextDecoder("latin1").decode(text.subarray(start, Math.min(end, start + 40))));
    return this.error(
      `expected "a <id> <size> [align]", "c <id> <size> [align]", "r <id> <size>" or "f <id>", came ${shown}`,
    );
  }

  error(reason: string): TraceError {
    return new TraceError(this.line, reason);
  }
}

function endOfLine(text: Uint8Array, start: number): number {
  const end = text.indexOf(LF, start);
  return end < 0 ? text.length : end;
}

/** The newer engines put the reason into the cause. */
function causeOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  return message || cause?.message || String(error);
}
