import { compact } from "@alloc/global";
import { describeLeaf } from "../../../checks/support/placements.ts";

describeLeaf("compact()", (parent) => compact({ parent }));
