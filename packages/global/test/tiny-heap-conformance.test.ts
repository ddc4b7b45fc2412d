import { tinyHeap } from "@alloc/global";
import { describeLeaf } from "../../../checks/support/placements.ts";

describeLeaf("tinyHeap()", (parent) => tinyHeap({ parent }));
