import { fallback } from "@alloc/combinators";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { type Chains, describeChains } from "../../../checks/support/placements.ts";

const hooks = {
  allocateSuccess() {},
  allocateFail() {},
  deallocate() {},
  reallocateSuccess() {},
  reallocateFail() {},
  reset() {},
};

/** Each observer. */
const CHAINS: Chains = {
  "proxy(freeList(64))": (parent) => proxy(freeList(64, { parent }), hooks),
  "stats(fallback(freeList(64), system()))": (parent) =>
    stats(fallback(freeList(64, { blocks: 20, parent }), system({ parent }))),
  "leaks(system())": (parent) => leaks(system({ parent })),
  "guard(system())": (parent) => guard(system({ parent })),
  "guard(scoped(10_000))": (parent) => guard(scoped(10_000, { parent })),
};

const MORE_CHAINS: Chains = {
  "proxy(system())": (parent) => proxy(system({ parent }), hooks),
  "stats(system())": (parent) => stats(system({ parent })),
  "fallback(proxy(freeList(64)), proxy(stats(system())))": (parent) =>
    fallback(proxy(freeList(64, { blocks: 20, parent }), hooks), proxy(stats(system({ parent })), hooks)),
  "guard(freeList(256)) without zones, quarantine or stacks": (parent) =>
    guard(freeList(256, { parent }), { redZone: 0, quarantine: 0, stackDepth: 0 }),
  "fallback(guard(freeList(100)), guard(leaks(system()))) with small ones": (parent) =>
    fallback(
      guard(freeList(100, { blocks: 20, parent }), { redZone: 3, quarantine: 500 }),
      guard(leaks(system({ parent })), { redZone: 5, quarantine: 2000 }),
    ),
};

describeChains(CHAINS, MORE_CHAINS);
