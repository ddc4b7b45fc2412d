/**
 * The kind of free trees.
 *
 * @module
 */
import { childrenIn, type Kind, wordsIn } from "@alloc/core/author";
import { freeTreeOf } from "./free-tree.ts";
import { LEAST_RANGES } from "./ranges.ts";
import { LEAST_SEGMENTS } from "./segments.ts";

/** The kind of `freeTree`. */
export const freeTreeKind: Kind = {
  kind: "freeTree",
  attach: (node) =>
    freeTreeOf(childrenIn(node, 1)[0]!, {
      ranges: wordsIn(node, "ranges", Int32Array, LEAST_RANGES),
      segments: wordsIn(node, "segments", Int32Array, LEAST_SEGMENTS),
      most: wordsIn(node, "most", Float64Array, 1),
    }),
};
