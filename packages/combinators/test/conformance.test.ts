import { chain, fallback, limit, nullAllocator, segregate } from "@alloc/combinators";
import type { Allocator } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { describeAllocator } from "@alloc/testkit/vitest";
import { describeLeaf, PLACEMENTS } from "../../../checks/support/placements.ts";

const CHAINS: Record<string, (parent: Allocator) => Allocator> = {
  "fallback(freeList(64), system())": (parent) => fallback(freeList(64, { parent }), system({ parent })),
  "fallback(fallback(freeList(16), freeList(128)), fallback(system(), nullAllocator()))": (parent) =>
    fallback(
      fallback(freeList(16, { blocks: 5, parent }), freeList(128, { blocks: 9, parent })),
      fallback(system({ parent }), nullAllocator(parent.memory)),
    ),
  "fallback(nullAllocator(), freeList(64))": (parent) =>
    fallback(nullAllocator(parent.memory), freeList(64, { blocks: 9, parent })),
  "segregate(100, system(), system())": (parent) => segregate(100, system({ parent }), system({ parent })),
  "chain.upTo(48, freeList(64)).upTo(200, …orElse).otherwise(system())": (parent) =>
    chain
      .upTo(48, freeList(64, { blocks: 20, parent }))
      .upTo(200, fallback(freeList(200, { blocks: 3, parent }), system({ parent })))
      .otherwise(system({ parent }))
      .build(),
  "limit(system(), 3000)": (parent) => limit(system({ parent }), 3000),
  "limit(fallback(freeList(64), system()), 1 MiB)": (parent) =>
    limit(fallback(freeList(64, { blocks: 20, parent }), system({ parent })), 2 ** 20),
};

for (const [name, make] of Object.entries(CHAINS)) describeLeaf(name, make);

for (const [place, parentOf] of Object.entries(PLACEMENTS)) {
  const heap = system({ parent: parentOf() });
  const make = () => fallback(freeList(64, { blocks: 20, parent: heap }), heap.byRef());
  describeAllocator(`fallback(freeList(64) of a heap, the heap lent) ${place}`, make, { programs: 60 });
}
