/**
 * A specialised chain behaves like the shared one, only faster: the same results, addresses, errors and counts, for any chain.
 *
 * A realm specialises a limited number of chains, so this file has one of its own.
 *
 * @module-tag alone
 */
import { specialized } from "@alloc/combinators/specialize";
import { type Allocator, can, Layout, Memory, type Ptr, pages } from "@alloc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { treesOf } from "../../../checks/support/trees.ts";

const parent = pages(Memory.linear({ maximum: 16 * 2 ** 20 }));

interface Step {
  readonly call: "allocate" | "allocateZeroed" | "deallocate" | "resize" | "resizeInPlace" | "twice" | "all";
  /** The index of a live block, modulo their number. */
  readonly which: number;
  readonly layout: Layout;
}

const layouts = fc
  .tuple(fc.oneof(fc.nat(64), fc.nat(3000)), fc.constantFrom(1, 8, 8, 64))
  .map(([size, align]) => Layout.of(size, align));
const steps = fc.array(
  fc.record<Step>({
    call: fc.constantFrom(
      "allocate",
      "allocate",
      "allocateZeroed",
      "deallocate",
      "resize",
      "resizeInPlace",
      "twice",
      "all",
    ),
    which: fc.nat(),
    layout: layouts,
  }),
  { minLength: 10, maxLength: 60 },
);

/** Returns everything that a caller can observe of a program. */
function transcript(allocator: Allocator, program: readonly Step[]): unknown[] {
  const live: { ptr: Ptr; layout: Layout }[] = [];
  const seen: unknown[] = [];
  for (const { call, which, layout } of program) {
    const at = which % Math.max(1, live.length);
    const block = live[at];
    seen.push(answerOf(() => step(call, at, block, layout)));
    seen.push(answerOf(() => allocator.usableSize(layout)));
  }
  seen.push(allocator.describe().nodes.map(({ kind, options, children }) => ({ kind, options, children })));
  seen.push(allocator.footprint(), allocator.detects);
  return seen;

  function step(call: Step["call"], at: number, block: (typeof live)[number] | undefined, layout: Layout): unknown {
    if (call === "allocate" || call === "allocateZeroed") {
      const ptr = allocator[call](layout);
      if (ptr !== 0) live.push({ ptr, layout });
      return ptr;
    }
    if (block === undefined) return undefined;
    if (call === "all") {
      const owns = can(allocator, "owns") && allocator.owns(block.ptr);
      const size = block.layout.size !== 0 && can(allocator, "sizeAt") && allocator.sizeAt(block.ptr);
      if (can(allocator, "check")) allocator.check();
      if (can(allocator, "trim")) allocator.trim();
      return [owns, size];
    }
    if (call === "resize") {
      const ptr =
        layout.size < block.layout.size
          ? allocator.shrink(block.ptr, block.layout, layout)
          : allocator.grow(block.ptr, block.layout, layout);
      if (ptr !== 0) live[at] = { ptr, layout };
      return ptr;
    }
    if (call === "resizeInPlace") {
      const done = can(allocator, "resizeInPlace") && allocator.resizeInPlace(block.ptr, block.layout, layout);
      if (done) live[at] = { ptr: block.ptr, layout };
      return done;
    }
    live.splice(at, 1);
    allocator.deallocate(block.ptr, block.layout);
    // Detecting a second release is part of an allocator's behaviour; an undetected one would corrupt it.
    if (call === "twice" && block.layout.size !== 0 && allocator.detects.includes("double-free")) {
      return answerOf(() => allocator.deallocate(block.ptr, block.layout));
    }
    return undefined;
  }
}

function answerOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    return `${name} ${code}: ${message}`;
  }
}

test("any program over any chain gives the same results", () => {
  let numSpecialised = 0;
  const property = fc.property(treesOf(parent, 5), steps, ({ make }, program) => {
    const [shared, own] = [make, () => specialized(make)].map((build) => {
      using allocator = build();
      if (allocator.constructor.name.includes("<")) numSpecialised++;
      return transcript(allocator, program);
    });
    expect(own).toEqual(shared);
  });
  fc.assert(property, { numRuns: 150, seed: 7 });
  expect(numSpecialised).toBeGreaterThan(50);
});
