import { system } from "@alloc/global";
import { describeLeaf } from "../../../checks/support/placements.ts";

describeLeaf("system()", (parent) => system({ parent }));
describeLeaf("system({ checked: true })", (parent) => system({ parent, checked: true }));
