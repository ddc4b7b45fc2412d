import { freeList } from "@alloc/freelist";
import { describeLeaf } from "../../../checks/support/placements.ts";

describeLeaf("freeList(64)", (parent) => freeList(64, { parent }));
describeLeaf("freeList(24) of 20 blocks", (parent) => freeList(24, { blocks: 20, parent }));
