import { system } from "@alloc/global";
import { checkAllocator } from "@alloc/testkit";
import { expect, test } from "vitest";
import { PLACEMENTS } from "./support/placements.ts";

test.each(["in a linear memory", "in a shared memory", "above 2 GiB"])(
  "%s the kit tries growth of the memory",
  async (place) => {
    const parent = PLACEMENTS[place]!();
    const { skipped } = await checkAllocator(() => system({ parent }), { programs: 1, seed: 1 });
    expect(skipped.filter(({ rule }) => rule === "8.1")).toEqual([]);
  },
);
