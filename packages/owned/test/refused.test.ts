import { Box, Vec } from "@alloc/owned";
import { guard, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { counted, root, spied, thrown } from "./support.ts";

describe("a call that its allocator refuses", () => {
  test.each([1, 2, 4, 5])("leaves a Vec of %d unchanged: intoBox in a locked region", (length) => {
    const { Counted, dropped } = counted();
    const region = scoped(4096, { parent: root() });
    const vec = Vec.from(
      Counted,
      Array.from({ length }, (_, id) => ({ id })),
      region,
    );
    const frame = region.frame();
    expect(thrown(() => vec.intoBox())).toBe("MisuseError: open-scope");
    frame.dispose();
    expect([vec.length, vec.get(length - 1)]).toEqual([length, { id: length - 1 }]);
    region.dispose();
    expect(dropped).toEqual(Array.from({ length }, (_, id) => id));
  });

  test("leaves a Box unchanged: take in a locked region", () => {
    const { Counted, dropped } = counted();
    const region = scoped(4096, { parent: root() });
    const box = Box.new(Counted, { id: 7 }, region);
    const frame = region.frame();
    expect(thrown(() => box.take())).toBe("MisuseError: open-scope");
    frame.dispose();
    expect(box.get()).toEqual({ id: 7 });
    region.dispose();
    expect(dropped).toEqual([7]);
  });

  test("leaves a Box unchanged: take if deallocate throws", () => {
    const { Counted, dropped } = counted();
    const { spy } = spied();
    const box = Box.new(Counted, { id: 7 }, spy);
    const { deallocate } = spy;
    spy.deallocate = () => {
      throw new Error("refused");
    };
    expect(thrown(() => box.take())).toBe("Error: refused");
    spy.deallocate = deallocate;
    box.dispose();
    expect(dropped).toEqual([7]);
  });
});

describe.each([
  ["guard(scoped)", () => guard(scoped(4096, { parent: root() }))],
  ["guard(stats(scoped))", () => guard(stats(scoped(4096, { parent: root() })))],
  ["stats(guard(scoped))", () => stats(guard(scoped(4096, { parent: root() })))],
  ["guard(guard(scoped))", () => guard(guard(scoped(4096, { parent: root() })))],
  ["a frame of guard(scoped)", () => guard(scoped(4096, { parent: root() })).frame()],
] as const)("a Vec made before the first block of %s", (what, make) => {
  test.each(what.includes("frame") ? (["dispose"] as const) : (["reset", "dispose"] as const))(
    "drops its elements with their values at %s, and again in the next round",
    (how) => {
      const { Counted, dropped } = counted();
      const heap = make();
      for (let round = 1; round <= (how === "reset" ? 2 : 1); round++) {
        const vec = Vec.new(Counted, heap);
        vec.push({ id: round });
        vec.push({ id: round + 10 });
        heap[how]();
      }
      expect(dropped).toEqual(how === "reset" ? [1, 11, 2, 12] : [1, 11]);
    },
  );
});
