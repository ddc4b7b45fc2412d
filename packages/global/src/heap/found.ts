/**
 * Found: the words of a heap that is made again. All of its state is in them.
 *
 *     node.state { magazines, partial, …, counters }  ──▶  Found  ──▶  the layers, each on its own words
 *
 * @module
 */
import { type Node, wordsIn } from "@alloc/core/author";
import { HEADER } from "./chunks/chunks.ts";
import { MOST_WORDS } from "./small/bits.ts";
import { START } from "./small/magazines.ts";
import { CLASSES } from "./small/size-classes.ts";
import { FIRST } from "./words.ts";

/** Words by name, as `Heap.state` returns them. */
export interface Found {
  readonly magazines: Uint32Array;
  /** Of a checked heap: as long as the magazines. */
  readonly places: Uint32Array | undefined;
  readonly partial: Int32Array;
  readonly spare: Int32Array;
  readonly population: Int32Array;
  readonly bits: Int32Array;
  readonly extents: Int32Array;
  readonly directory: Uint16Array | Int32Array;
  readonly chunks: Int32Array;
  readonly counters: Float64Array;
}

/**
 * Returns the words of a heap.
 *
 * @throws `ArgumentError` if some are missing, of another type, or too short
 */
export function foundIn(node: Pick<Node, "state">): Found {
  const magazines = wordsIn(node, "magazines", Uint32Array, START);
  return {
    magazines,
    places: node.state.places && wordsIn(node, "places", Uint32Array, magazines.length),
    partial: wordsIn(node, "partial", Int32Array, CLASSES),
    spare: wordsIn(node, "spare", Int32Array, CLASSES),
    population: wordsIn(node, "population", Int32Array, CLASSES),
    bits: wordsIn(node, "bits", Int32Array, MOST_WORDS + 1),
    extents: wordsIn(node, "extents", Int32Array, FIRST),
    directory: wordsIn<typeof Uint16Array | typeof Int32Array>(node, "directory", [Uint16Array, Int32Array]),
    chunks: wordsIn(node, "chunks", Int32Array, HEADER),
    counters: wordsIn(node, "counters", Float64Array, 1),
  };
}
