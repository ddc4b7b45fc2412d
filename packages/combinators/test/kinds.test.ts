/** Chains that are made again on copies of their words. */
import {
  affix,
  aligned,
  budget,
  combinatorKinds,
  freeTree,
  limit,
  nullAllocator,
  quantize,
  quantizeKind,
} from "@alloc/combinators";
import { type Allocator, Layout } from "@alloc/core";
import { describe, test } from "vitest";
import { expectAttachable } from "../../../checks/support/attached.ts";

const double = (size: number) => 2 ** Math.ceil(Math.log2(size));

describe("attached to copies of its words, a chain does what the first one does:", () => {
  const CHAINS: Record<string, (parent: Allocator) => Allocator> = {
    "nullAllocator(memory)": ({ memory }) => nullAllocator(memory),
    "limit(…, bytes)": (parent) => limit(parent.byRef(), 200_000),
    "limit(…, { count })": (parent) => limit(parent.byRef(), { count: 5 }),
    "limit(…, {})": (parent) => limit(parent.byRef(), {}),
    "limit(…, { budget })": (parent) =>
      limit(parent.byRef(), { bytes: 300_000, budget: budget({ count: 7, memory: parent.memory }) }),
    "quantize(…, step)": (parent) => quantize(parent.byRef(), 48),
    "quantize(…, round)": (parent) => quantize(parent.byRef(), double),
    "aligned(…, 64)": (parent) => aligned(parent.byRef(), 64),
    "affix(…, { prefix, suffix })": (parent) =>
      affix(parent.byRef(), { prefix: Layout.struct({ tag: Layout.u8, owners: Layout.u32 }), suffix: Layout.of(3, 2) }),
    "affix(…, {})": (parent) => affix(parent.byRef(), {}),
    "freeTree(…)": (parent) => freeTree(parent.byRef()),
  };

  test.each(Object.entries(CHAINS))("%s", (_, make) => {
    expectAttachable(make, [...combinatorKinds, quantizeKind(double)]);
  });
});
