/**
 * Splits text that arrives in pieces, optionally compressed, into lines.
 *
 * Only the incomplete last line is buffered, up to 64 KiB, so input without line ends cannot fill the memory, however far it
 * expands. The whole text is limited as well, because a reader may keep all of it.
 *
 * @module
 */
import { printable } from "../printable.ts";
import { type ReadOptions, type TraceBytes, TraceError } from "./format.ts";
import { through } from "./through.ts";

const LF = 10;
const PIECE = 65536;
const LONGEST_LINE = 65536;
/** Default limit of a text: more than ten times the longest trace recorded for this project. */
const MOST_BYTES = 2 ** 28;

/** Complete lines of a text, contiguous in one array. */
export interface Lines {
  /** Every line ends with LF, except possibly the last of the text. */
  readonly bytes: Uint8Array;
  /** Bytes of the source read so far. */
  readonly read: number;
}

/**
 * Yields the lines of a source, uncompressed if it is gzip.
 *
 * @throws errors of the source; `Error` if the gzip data is damaged or truncated, or a line or the text is too long
 */
export async function* linesOf(source: TraceBytes, options: ReadOptions = {}): AsyncGenerator<Lines> {
  const { maxBytes = MOST_BYTES } = options;
  let length = 0;
  const counted = count(source);
  const pieces = await uncompressed(counted);
  let rest = new Uint8Array(0);
  for await (const piece of pieces) {
    length += piece.length;
    if (!(length <= maxBytes))
      throw new Error(`it has more than ${maxBytes} bytes uncompressed; raise maxBytes to allow more`);
    const end = piece.lastIndexOf(LF) + 1;
    if (end > 0) yield { bytes: concat(rest, piece.subarray(0, end)), read: counted.read };
    rest = end > 0 ? piece.slice(end) : concat(rest, piece);
    if (rest.length > LONGEST_LINE) throw new Error(`a line is longer than ${LONGEST_LINE} bytes`);
  }
  if (rest.length > 0) yield { bytes: rest, read: counted.read };
}

/** Converts a read error to a TraceError with a line. Newer engines put the reason into the cause. */
export function unreadable(line: number, error: unknown): TraceError {
  const { name, message, cause } = error as { name?: string; message?: string; cause?: { message?: string } };
  if (name === "TraceError") return error as TraceError;
  return new TraceError(line, `cannot read the file: ${message || cause?.message || printable(error)}`);
}

interface Counted extends AsyncIterable<Uint8Array> {
  read: number;
}

/** Counts the bytes of a source as its pieces are consumed. */
function count(source: TraceBytes): Counted {
  const counted: Counted = {
    read: 0,
    async *[Symbol.asyncIterator]() {
      for await (const piece of source instanceof Uint8Array ? cut(source) : source) {
        counted.read += piece.length;
        yield piece;
      }
    },
  };
  return counted;
}

function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE) yield bytes.subarray(start, start + PIECE);
}

/** Decompresses if the first two bytes are the gzip magic, 1f 8b. */
async function uncompressed(pieces: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = pieces[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  while (head.length < 2) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    head = concat(head, value);
  }
  const all = follow(head, iterator);
  return head[0] === 0x1f && head[1] === 0x8b ? through(new DecompressionStream("gzip"), all) : all;
}

/** Yields a first piece and the rest, and closes the rest when reading stops. */
async function* follow(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
