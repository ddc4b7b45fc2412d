import {
  affix,
  aligned,
  bucketize,
  budget,
  cascade,
  fallback,
  freeTree,
  limit,
  nullAllocator,
  quantize,
  segregate,
} from "@alloc/combinators";
import { Allocator, alignUp, Layout, type Null, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import { describeAllocator } from "@alloc/testkit/vitest";
import { type Chains, describeChains, TRIED } from "../../../checks/support/placements.ts";
import { isThorough } from "../../../checks/support/runs.ts";

/** Each combinator, over leaves with different capabilities. */
const CHAINS: Chains = {
  "fallback(freeList(64), system())": (parent) => fallback(freeList(64, { parent }), system({ parent })),
  "fallback(nullAllocator(), freeList(64))": (parent) =>
    fallback(nullAllocator(parent.memory), freeList(64, { blocks: 9, parent })),
  "segregate([48, freeList(64)], [200, fallback], system())": (parent) =>
    segregate(
      [48, freeList(64, { blocks: 20, parent })],
      [200, fallback(freeList(200, { blocks: 3, parent }), system({ parent }))],
      system({ parent }),
    ),
  "limit(system(), { bytes, count, budget })": (parent) =>
    limit(system({ parent }), { bytes: 5000, count: 30, budget: budget({ bytes: 4000, memory: parent.memory }) }),
  "quantize(fallback(freeList(64), scoped()), powers of two)": (parent) =>
    quantize(
      fallback(freeList(64, { blocks: 20, parent }), scoped(9000, { parent })),
      (size) => 2 ** Math.ceil(Math.log2(size)),
    ),
  "aligned(fallback(freeList(64), tinyHeap()), 16)": (parent) =>
    aligned(fallback(freeList(64, { blocks: 20, parent }), tinyHeap({ parent })), 16),
  "affix(fallback(freeList(128), scoped(grow)), { prefix, suffix })": (parent) =>
    affix(fallback(freeList(128, { blocks: 20, parent }), scoped(2000, { parent, grow: true })), {
      prefix: Layout.of(3, 1),
      suffix: Layout.of(20, 16),
    }),
  "bucketize(freeList, by 16 to 256)": (parent) =>
    bucketize((size) => freeList(size, { blocks: 9, parent }), { from: 16, to: 256, step: 16 }),
  "cascade(freeList(64))": (parent) =>
    cascade((index) => (index < 6 ? freeList(64, { blocks: 4 << index, parent }) : undefined)),
  "cascade(scoped(5000))": (parent) => cascade((index) => (index < 6 ? scoped(5000, { parent }) : undefined)),
  "freeTree(scoped(50,000))": (parent) => freeTree(scoped(50_000, { parent })),
  "freeTree(a bump allocator that takes nothing back)": (parent) => freeTree(bump(parent, 40_000)),
};

const MORE_CHAINS: Chains = {
  "fallback(fallback(freeList(16), freeList(128)), fallback(system(), nullAllocator()))": (parent) =>
    fallback(
      fallback(freeList(16, { blocks: 5, parent }), freeList(128, { blocks: 9, parent })),
      fallback(system({ parent }), nullAllocator(parent.memory)),
    ),
  "segregate([100, system()], system())": (parent) => segregate([100, system({ parent })], system({ parent })),
  "limit(system(), 3000)": (parent) => limit(system({ parent }), 3000),
  "limit(fallback(freeList(64), system()), 1 MiB)": (parent) =>
    limit(fallback(freeList(64, { blocks: 20, parent }), system({ parent })), 2 ** 20),
  "quantize(system(), 100)": (parent) => quantize(system({ parent }), 100),
  "aligned(system(), 64)": (parent) => aligned(system({ parent }), 64),
  "affix(system(), { prefix })": (parent) => affix(system({ parent }), { prefix: Layout.of(8, 8) }),
  "affix(system(), { suffix })": (parent) => affix(system({ parent }), { suffix: Layout.of(7, 2) }),
  "bucketize(fallback(freeList, system()), octaves to 4096)": (parent) =>
    bucketize((size) => fallback(freeList(size, { blocks: 3, parent }), system({ parent })), {
      from: 32,
      to: 4096,
      factor: 2,
    }),
  "cascade(limit(system(), 3000))": (parent) =>
    cascade((index) => (index < 6 ? limit(system({ parent }), 3000) : undefined)),
  "freeTree(scoped(1000, grow))": (parent) => freeTree(scoped(1000, { parent, grow: true })),
  "cascade(freeTree(scoped(5000)))": (parent) =>
    cascade((index) => (index < 6 ? freeTree(scoped(5000, { parent })) : undefined)),
};

/** A plain region, without owns, resizeInPlace or a useful release. */
function bump(parent: Allocator, bytes: number): Allocator {
  const chunk = Layout.of(bytes, 16);
  const base = parent.allocate(chunk);
  let tip: number = base;
  return Allocator.from({
    memory: parent.memory,
    allocate({ size, align }): Ptr | Null {
      const start = alignUp(tip, align);
      if (start + size > base + bytes) return 0;
      tip = start + size;
      return start as Ptr;
    },
    deallocate() {},
    usableSize: ({ size, align }) => (alignUp(base, align) + size > base + bytes ? 0 : size),
    dispose: () => base !== 0 && parent.deallocate(base, chunk),
  });
}

describeChains(CHAINS, MORE_CHAINS);

for (const [place, parentOf] of TRIED.slice(0, isThorough ? undefined : 2)) {
  const heap = system({ parent: parentOf() });
  const make = () => fallback(freeList(64, { blocks: 20, parent: heap }), heap.byRef());
  describeAllocator(`fallback(freeList(64) of a heap, the heap lent) ${place}`, make, { programs: 60 });
  const root = parentOf();
  describeAllocator(`freeTree(pages() lent) ${place}`, () => freeTree(root.byRef()), { programs: 60 });
}
