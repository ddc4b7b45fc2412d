/**
 * through: pipes pieces of bytes through a CompressionStream or DecompressionStream.
 *
 *     pieces ──▶ writable [ stream ] readable ──▶ the consumer
 *
 * Both ends apply back-pressure, so memory holds no more than the stream does. When the consumer stops, this module closes the
 * pieces: the stream itself would leave a pending write waiting for ever.
 *
 * @module
 */

/**
 * Yields the output of a stream for the given input.
 *
 * @throws errors of the pieces, unchanged; and errors of the stream about them
 */
export async function* through(
  stream: CompressionStream | DecompressionStream,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  const writer = stream.writable.getWriter();
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.readable.getReader();
  // An error of the pieces must reach the consumer; an error of the consumer must not be unhandled here.
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
