/**
 * leaveOut: which parts of something are not needed for a fault to show.
 *
 *     a b c d e f g h    without  e f g h    a b c d     then quarters, then one by one
 *     what is left       still fails: gone   does not    …
 *
 * Chunks are tried from half of the parts down to one, the last first: where few parts matter, most goes in a few tries.
 *
 * It is a generator, since who runs what is left may have to wait for the answer.
 *
 * Source: delta debugging, Zeller and Hildebrandt 2002.
 *
 * @module
 */

/**
 * Yields the parts to be left out together, all of them first; it is to be told whether the fault still shows without them, and
 * then they stay out. Answers what is left.
 *
 * Cost: where k of n parts matter, about 2 k log n tries.
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
