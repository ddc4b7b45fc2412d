/**
 * Lines of a text that comes in pieces, compressed or not.
 *
 * @module
 */
import type { TraceSource } from "./format.ts";

const LF = 10;
const PIECE = 65536;

/** Complete lines of a text, without copying them apart. */
export interface Lines {
  /** Each line ends with LF, except perhaps the last of the text. */
  readonly bytes: Uint8Array;
  /** Bytes of the source that were read so far. */
  readonly read: number;
}

/**
 * Answers the lines of a source, uncompressed if it is gzip. Nothing is kept but the line that is not complete yet.
 *
 * @throws whatever the source throws, and an `Error` where the gzip data is damaged or ends early
 */
export async function* linesOf(source: TraceSource): AsyncGenerator<Lines> {
  const counted = count(source);
  const pieces = await uncompressed(counted);
  let rest = new Uint8Array(0);
  for await (const piece of pieces) {
    const end = piece.lastIndexOf(LF) + 1;
    if (end > 0) yield { bytes: concat(rest, piece.subarray(0, end)), read: counted.read };
    rest = end > 0 ? piece.slice(end) : concat(rest, piece);
  }
  if (rest.length > 0) yield { bytes: rest, read: counted.read };
}

interface Counted extends AsyncIterable<Uint8Array> {
  read: number;
}

/** A source in pieces of which the bytes are counted as they are taken. */
function count(source: TraceSource): Counted {
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

/** Looks at the first two bytes: gzip begins with 1f 8b. */
async function uncompressed(pieces: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const iterator = pieces[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  while (head.length < 2) {
    const { done, value } = await iterator.next();
    if (done === true) break;
    head = concat(head, value);
  }
  const all = follow(head, iterator);
  return head[0] === 0x1f && head[1] === 0x8b ? gunzip(all) : all;
}

async function* follow(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* gunzip(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  const feeding = (async () => {
    for await (const piece of pieces) await writer.write(piece as Uint8Array<ArrayBuffer>);
    await writer.close();
  })();
  // A failure of the source must reach the reader, and one of the reader must not go unhandled here.
  feeding.catch((error) => writer.abort(error).catch(() => {}));
  const reader = readable.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
