import { NULL } from "@alloc/core";
import { expect, test } from "vitest";
import { PLACEMENTS } from "./support/placements.ts";

// Rule 8.1, an allocator goes on when its memory grows, is not tried where it cannot.
test.each(["in a linear memory", "in a shared memory", "across 2 GiB", "above 2 GiB"])(
  "%s there is room to grow",
  (place) => {
    const parent = PLACEMENTS[place]!();
    expect(parent.memory.grow(65536)).not.toBe(NULL);
  },
);
