/**
 * The kind of regions: how one is made again on its words.
 *
 *     words     depth 0 │ tip │ floor │ …      chunks and bits as they are
 *     mark      −1 │ 0 │ 0 │ bytes │ …         of the region itself: it follows from the first chunk
 *
 * The marks and the drops of frames are objects of one realm, so a region is made again only while it has neither.
 *
 * @module
 */
import { ArgumentError, Layout } from "@alloc/core";
import { type Kind, type Node, requireParent, wordsIn } from "@alloc/core/author";
import { CHUNK_ALIGN } from "./chunk.ts";
import { BASE, COUNT, DEPTH, type Found, RECORD, RELEASED, Region, SIZE, WORDS } from "./region.ts";
import { Scope } from "./scope.ts";

/** The kind of {@link scoped}: of regions in which no scope is open and no drop waits, as the option `open` of a description says. */
export const scopedKind: Kind = {
  kind: "scoped",
  attach(node) {
    const parent = requireParent(node);
    const { bytes, grow, level, open } = node.options as { bytes: number; grow: boolean; level: number; open: boolean };
    const found = foundIn(node);
    const { words, chunks } = found;
    if (open !== false || level !== 0 || words[DEPTH] !== 0) {
      throw new ArgumentError("attach expects a scoped region without open scopes and waiting drops");
    }
    const count = words[COUNT]!;
    const base = chunks[BASE]! * CHUNK_ALIGN;
    const isFirst = Layout.of(bytes).size === chunks[SIZE] && base > 0 && base + bytes <= parent.memory.maximum;
    if (!isFirst || bytes === 0 || !(grow === true ? count >= 1 : grow === false && count === 1)) {
      throw new ArgumentError(
        `attach expects a scoped region in its memory, got ${count} chunks, ${bytes} bytes at ${base}`,
      );
    }
    const mark = Float64Array.of(-1, 0, 0, bytes, base, 1, 0);
    return new Scope(parent, new Region(parent, bytes, grow, found), [], mark);
  },
};

/** Returns the words of a region. */
function foundIn(node: Pick<Node, "state">): Found {
  const words = wordsIn(node, "words", Float64Array, WORDS);
  return {
    words,
    chunks: wordsIn(node, "chunks", Uint32Array, RECORD * Math.max(1, words[COUNT]!)),
    bits: wordsIn(node, "bits", Uint32Array, Math.ceil(words[RELEASED]! / 32)),
  };
}
