/**
 * through: the answer of a CompressionStream or DecompressionStream to bytes that come in pieces.
 *
 *     pieces ──▶ writable [ stream ] readable ──▶ whoever iterates
 *
 * Both ends wait for each other, so no more is in memory than the stream itself holds. When the reader stops, the pieces are
 * told to end by this module: the stream would leave the one that is being written waiting for ever.
 *
 * @module
 */

/**
 * Answers what a stream makes of some bytes.
 *
 * @throws what the pieces throw, as it is; and what the stream throws about them
 */
export async function* through(
  stream: CompressionStream | DecompressionStream,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const writer = stream.writable.getWriter();
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader();
  // A failure of the pieces must reach the reader, and one of the reader must not go unhandled here.
  feed(iterator, writer).catch((error) => writer.abort(error).catch(() => {}));
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    reader.cancel().catch(() => {});
    iterator.return?.().catch(() => {});
  }
}

async function feed(pieces: AsyncIterator<Uint8Array>, writer: WritableStreamDefaultWriter<BufferSource>) {
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    await writer.write(next.value as Uint8Array<ArrayBuffer>);
  }
  await writer.close();
}
