import { system } from "@alloc/global";
import { describeLeaf } from "../../../checks/support/placements.ts";

describeLeaf("system()", (parent) => system({ parent }));
