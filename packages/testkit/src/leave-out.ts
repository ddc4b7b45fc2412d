/**
 * leaveOut: delta debugging, finds the parts that a fault needs.
 *
 *     a b c d e f g h    without  e f g h    a b c d     then quarters, then single parts
 *     the rest           still fails: drop   passes      …
 *
 * Chunks shrink from half of the parts to one; the last chunk is tried first. Where few parts matter, most are dropped in a few
 * tries.
 *
 * It is a generator, because callers may have to run the rest asynchronously.
 *
 * Source: delta debugging, Zeller and Hildebrandt 2002.
 *
 * @module
 */

/**
 * Yields chunks of parts to leave out. Pass true to `next` if the fault still shows without the chunk; it is then dropped.
 * Returns the parts that remain.
 *
 * Cost: about 2 k log n tries if k of n parts matter.
 */
export function* leaveOut<T>(parts: readonly T[]): Generator<readonly T[], readonly T[], boolean> {
  let left = parts;
  for (let length = parts.length; length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let end = left.length; end > 0; end -= length) {
      const start = Math.max(0, end - length);
      if (yield left.slice(start, end)) left = [...left.slice(0, start), ...left.slice(end)];
    }
  }
  return left;
}
