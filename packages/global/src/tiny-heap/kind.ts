import { type Kind, requireParent, wordsIn } from "@alloc/core/author";
import { TinyHeapMachine } from "../tiny-heap.ts";
import { COUNT, STATE } from "./marks.ts";

/** The kind of {@link tinyHeap}. */
export const tinyHeapKind: Kind = {
  kind: "tinyHeap",
  attach(node) {
    const parent = requireParent(node);
    const state = wordsIn(node, "state", Uint32Array, STATE);
    const marks = wordsIn(node, "marks", Uint32Array, Math.max(1, state[COUNT]!));
    return new TinyHeapMachine(parent, undefined, { state, marks });
  },
};
