import { fallback } from "@alloc/combinators";
import type { Allocator } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { proxy, stats } from "@alloc/proxy";
import { describeLeaf } from "../../../checks/support/placements.ts";

const hooks = {
  allocateSuccess() {},
  allocateFail() {},
  deallocate() {},
  reallocateSuccess() {},
  reallocateFail() {},
  reset() {},
};

const CHAINS: Record<string, (parent: Allocator) => Allocator> = {
  "proxy(system())": (parent) => proxy(system({ parent }), hooks),
  "proxy(freeList(64))": (parent) => proxy(freeList(64, { parent }), hooks),
  "stats(system())": (parent) => stats(system({ parent })),
  "stats(fallback(freeList(64), system()))": (parent) =>
    stats(fallback(freeList(64, { blocks: 20, parent }), system({ parent }))),
  "fallback(proxy(freeList(64)), proxy(stats(system())))": (parent) =>
    fallback(proxy(freeList(64, { blocks: 20, parent }), hooks), proxy(stats(system({ parent })), hooks)),
};

for (const [name, make] of Object.entries(CHAINS)) describeLeaf(name, make);
