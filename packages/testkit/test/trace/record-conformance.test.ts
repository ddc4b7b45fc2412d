import { fallback } from "@alloc/combinators";
import type { Allocator } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { record } from "@alloc/testkit";
import { describeChain } from "../../../../checks/support/placements.ts";

const CHAINS: Record<string, (parent: Allocator) => Allocator> = {
  "record(system())": (parent) => record(system({ parent })),
  "fallback(record(freeList(64)), record(system()))": (parent) =>
    fallback(record(freeList(64, { blocks: 20, parent })), record(system({ parent }))),
};

for (const [name, make] of Object.entries(CHAINS)) describeChain(name, make);
