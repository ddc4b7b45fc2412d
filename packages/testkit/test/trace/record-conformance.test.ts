import { fallback } from "@alloc/combinators";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { record } from "@alloc/testkit";
import { describeChains } from "../../../../checks/support/placements.ts";

describeChains({
  "record(system())": (parent) => record(system({ parent })),
  "fallback(record(freeList(64)), record(system()))": (parent) =>
    fallback(record(freeList(64, { blocks: 20, parent })), record(system({ parent }))),
});
