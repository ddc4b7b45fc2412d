import { type Allocator, Layout } from "@alloc/core";
import { describe, expect, test } from "vitest";
import { Top } from "../src/heap/chunks/top.ts";
import { Records } from "../src/heap/records.ts";
import { addresses, KiB, take, withoutResize } from "./support.ts";

/** Granules of a chunk if less is needed. */
const STEP = 4096;

const make = (parent: Allocator = addresses()) => new Top(new Records(parent.memory), parent);

/** Takes another chunk, which becomes the newest. */
function add(top: Top, size: number): boolean {
  const isTaken = top.chunks.take(size);
  if (isTaken) top.begin();
  return isTaken;
}

describe("a top", () => {
  test("without a chunk is 0, and so are its base and limit", () => {
    const top = make();
    expect([top.granule, top.base, top.limit, top.held]).toEqual([0, 0, 0, 0]);
    expect([top.reach(1), top.held]).toEqual([false, 0]);
  });

  test("starts at the base of a new chunk, whose limit is its end", () => {
    const top = make();
    expect(add(top, 100)).toBe(true);
    expect([top.granule, top.limit - top.base, top.held]).toEqual([top.base, STEP, 0]);
  });

  test("reaches up to its limit, and further if the parent extends the chunk", () => {
    const top = make();
    add(top, 100);
    const { base, limit } = top;
    expect([top.reach(limit), top.reach(limit + 1)]).toEqual([true, true]);
    expect([top.base, top.limit > limit, top.granule]).toEqual([base, true, base]);
  });

  test("reaches no further if the parent cannot extend it, and stays", () => {
    const top = make(withoutResize(addresses()));
    add(top, 100);
    const { limit } = top;
    expect([top.reach(limit + 1), top.limit]).toEqual([false, limit]);
  });

  test("holds all older chunks, and the newest up to the top", () => {
    const top = make(withoutResize(addresses()));
    add(top, STEP);
    top.move(10);
    expect(top.held).toBe(10);
    add(top, STEP);
    top.move(20);
    top.move(-5);
    expect(top.held).toBe(STEP + 15);
  });
});

describe("rises", () => {
  test("returns whether the high-water mark would rise", () => {
    const top = make();
    add(top, 1000);
    top.move(100);
    top.move(-30);
    expect([30, 31].map((size) => top.rises(size))).toEqual([false, true]);
  });

  test("knows the high-water mark from before a reset", () => {
    const top = make();
    add(top, 1000);
    top.move(100);
    top.reset();
    expect([100, 101].map((size) => top.rises(size))).toEqual([false, true]);
  });
});

describe("isPressing", () => {
  /** Caches that keep some granules. */
  const keeping = (kept: number) => ({ kept: () => kept });
  const NOTHING = keeping(0);

  test("is true once the heap has grown by a 64th part since it was last true", () => {
    const top = make();
    add(top, 64 * STEP);
    top.move(3200);
    expect([top.isPressing(NOTHING), top.isPressing(NOTHING)]).toEqual([true, false]);
    top.move(49);
    expect(top.isPressing(NOTHING)).toBe(false);
    top.move(10);
    expect(top.isPressing(NOTHING)).toBe(true);
  });

  /** Granules that may be kept in any heap. */
  const FEW = 1024;

  /** A top of 3200 granules, after its caches were emptied but for 100 granules. */
  const pressed = () => {
    const top = make();
    add(top, 64 * STEP);
    top.move(3200);
    top.isPressing(NOTHING);
    top.pressed(100);
    return top;
  };

  test("is true as soon as 16 KiB and a 16th part of the heap more are kept than after the caches were emptied", () => {
    const top = pressed();
    expect(top.isPressing(keeping(100 + FEW + 199))).toBe(false);
    top.move(4);
    expect(top.isPressing(keeping(100 + FEW + 201))).toBe(true);
  });

  test("is true as soon as 16 KiB and a 16th part of the heap more are kept than was counted at the least", () => {
    const top = pressed();
    expect(top.isPressing(keeping(0))).toBe(false);
    top.move(4);
    expect(top.isPressing(keeping(FEW + 201))).toBe(true);
  });

  test("counts what is kept once for each growth of the heap by a 1024th part", () => {
    const top = pressed();
    let counts = 0;
    const counting = {
      kept: () => {
        counts++;
        return 100;
      },
    };
    for (let step = 0; step < 40; step++) {
      top.isPressing(counting);
      top.move(1);
    }
    // From 3200 granules, a count each 4 granules.
    expect(counts).toBe(10);
  });

  test("is false if the heap has shrunk and grown back", () => {
    const top = make();
    add(top, 64 * STEP);
    top.move(3200);
    top.isPressing(NOTHING);
    top.move(-3000);
    top.move(3000);
    expect(top.isPressing(NOTHING)).toBe(false);
  });
});

describe("cut and trim", () => {
  test("cut lowers the held bytes by the part of an older chunk that the parent took", () => {
    const root = addresses();
    const top = make(root);
    add(top, STEP);
    take(root, Layout.of(4 * KiB));
    add(top, STEP);
    top.move(7);
    expect(top.cut(0, 256)).toBe(true);
    expect([top.held, top.chunks.size(0)]).toEqual([256 + 7, 256]);
    expect(top.cut(0, 0)).toBe(true);
    expect([top.held, top.chunks.count]).toEqual([7, 1]);
  });

  test("cut returns false if the parent takes no end, and nothing changes", () => {
    const top = make(withoutResize(addresses()));
    add(top, STEP);
    add(top, STEP);
    const before = top.records.words.slice();
    expect(top.cut(0, 256)).toBe(false);
    expect(top.records.words).toEqual(before);
  });

  test("trim leaves the newest chunk up to the top, as far as the parent takes it", () => {
    const root = addresses();
    const top = make(root);
    add(top, STEP);
    top.move(100);
    top.trim();
    expect([top.held, top.limit - top.base, root.footprint().held]).toEqual([100, 256, 4 * KiB]);
  });

  test("trim gives the newest chunk back if it is unused, and then there is none", () => {
    const root = addresses();
    const top = make(root);
    add(top, STEP);
    top.trim();
    expect([top.granule, top.limit, top.base, root.footprint().held]).toEqual([0, 0, 0, 0]);
    top.trim();
    expect(add(top, 10)).toBe(true);
  });
});

describe("reset", () => {
  test("keeps the chunks, returns the number of the newest, and its top is its base", () => {
    const top = make(withoutResize(addresses()));
    expect(top.reset()).toBe(-1);
    add(top, STEP);
    add(top, STEP);
    top.move(9);
    expect(top.reset()).toBe(1);
    expect([top.granule, top.held, top.chunks.count]).toEqual([top.base, STEP, 2]);
  });
});
