/** Regions over parents that throw, call back or serve little; in small memories; and invalid layouts. */
import { Allocator, Layout, Memory, NULL, occupancy, type Pages, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { root, take } from "./support.ts";

/** A root that runs a function before each call of a method. */
function watched(inner: Pages, calls: Partial<Record<"allocate" | "deallocate" | "usableSize", () => void>>) {
  return Allocator.from({
    memory: inner.memory,
    allocate: (layout) => {
      calls.allocate?.();
      return inner.allocate(layout);
    },
    deallocate: (ptr, layout) => {
      calls.deallocate?.();
      inner.deallocate(ptr, layout);
    },
    usableSize: (layout) => {
      calls.usableSize?.();
      return inner.usableSize(layout);
    },
  });
}
const fail = () => {
  throw new Error("parent");
};

describe("a parent that throws", () => {
  test.each(["allocate", "usableSize"] as const)("in %s, when a further chunk is needed, changes nothing", (name) => {
    const inner = root();
    const calls: Parameters<typeof watched>[1] = {};
    const region = scoped(64, { parent: watched(inner, calls), grow: true });
    const first = take(region, 64);
    const { held } = inner.footprint();
    calls[name] = fail;
    expect(() => region.allocate(Layout.of(64))).toThrow("parent");
    delete calls[name];
    region.check();
    expect(inner.footprint().held).toBe(held);
    region.deallocate(first, Layout.of(64));
    expect(take(region, 64)).toBe(first);
  });

  test("for the first chunk has given nothing", () => {
    const inner = root();
    expect(() => scoped(64, { parent: watched(inner, { allocate: fail }) })).toThrow("parent");
    expect(inner.footprint().held).toBe(0);
  });

  test("while chunks are released gets all others back, and the error is thrown", () => {
    const inner = root();
    const calls: Parameters<typeof watched>[1] = {};
    const region = scoped(64, { parent: watched(inner, calls), grow: true });
    for (let block = 0; block < 40; block++) take(region, 64);
    calls.deallocate = () => {
      delete calls.deallocate;
      fail();
    };
    expect(() => region.dispose()).toThrow("parent");
    expect(inner.footprint().held).toBeLessThanOrEqual(inner.usableSize(Layout.of(2048)));
    expect(codeThrown(() => region.allocate(Layout.of(8)))).toBe("disposed");
  });
});

describe("a parent that calls back during a request for a chunk,", () => {
  const parentOf = (inner: Pages, come: () => void) => {
    let isOn = false;
    const parent = watched(inner, {
      allocate: () => {
        if (isOn) come();
      },
    });
    return {
      parent,
      turnOn: () => {
        isOn = true;
      },
    };
  };

  test("and opens a scope is refused, and the chunk goes back", () => {
    const inner = root();
    const opened: { dispose(): void }[] = [];
    const { parent, turnOn } = parentOf(inner, () => opened.push(region.frame()));
    const region = scoped(64, { parent, grow: true });
    const { held } = inner.footprint();
    turnOn();
    expect(codeThrown(() => region.allocate(Layout.of(100)))).toBe("reentrant");
    expect(inner.footprint().held).toBe(held);
    for (const frame of opened) frame.dispose();
    region.check();
  });

  test("and ends the region gets an error, and the chunk goes back", () => {
    const inner = root();
    const { parent, turnOn } = parentOf(inner, () => region.dispose());
    const region = scoped(64, { parent, grow: true });
    turnOn();
    expect(codeThrown(() => region.allocate(Layout.of(100)))).toBe("disposed");
    expect(inner.footprint().held).toBe(0);
  });

  test("and allocates blocks gets blocks disjoint from the others", () => {
    const inner = root();
    const got: number[] = [];
    let depth = 0;
    const { parent, turnOn } = parentOf(inner, () => {
      if (depth++ === 0) got.push(take(region, 90));
    });
    const region = scoped(64, { parent, grow: true });
    turnOn();
    got.push(take(region, 100));
    got.push(take(region, 8));
    expect(new Set(got).size).toBe(3);
    region.check();
    region.dispose();
    expect(inner.footprint().held).toBe(0);
  });
});

test("a layout that no chunk is guaranteed to hold is not served, even if the last chunk happens to fit it", () => {
  const inner = root();
  const region = scoped(64, { parent: freeList(22_528, { blocks: 20, align: 2048, parent: inner }), grow: true });
  const wide = Layout.of(100, 4096);
  for (let block = 0; block < 60; block++) {
    expect([region.usableSize(wide), region.allocate(wide)]).toEqual([0, NULL]);
    if (region.allocate(Layout.of(1000)) === NULL) break;
  }
  expect(codeThrown(() => region.allocateZeroed(wide))).toBe("nothing was thrown");
});

describe("small memories", () => {
  const MEMORIES: Readonly<Record<string, () => Memory>> = {
    "an ArrayBuffer of 4 KiB": () => Memory.over(new ArrayBuffer(4096)),
    "64 KiB of addresses from 64 KiB on": () => Memory.virtual(65536, { base: 65536 }),
    "64 KiB of addresses": () => Memory.virtual(65536),
  };
  const sizeOf = (memory: Memory) => memory.to - memory.from;

  test.each(Object.entries(MEMORIES))(
    "%s: a region serves at least 90 % of the bytes, to the last one of a chunk",
    (_, make) => {
      for (const grow of [false, true]) {
        const memory = make();
        const bytes = sizeOf(memory);
        const region = scoped(grow ? 64 : Math.floor(0.99 * bytes), { parent: pages(memory), grow });
        let served = 0;
        for (const size of [128, 16, 1]) {
          while (region.allocate(Layout.of(size, Math.min(size, 8))) !== NULL) served += size;
        }
        expect(served).toBeGreaterThan(0.9 * bytes);
        region.dispose();
        expect(pages(memory).footprint().held).toBe(0);
      }
    },
  );
});

test("blocks visits the ranges of each scope, by address", () => {
  const region = scoped(128, { parent: root(), grow: true });
  const first = take(region, 100, 1);
  const second = take(region, 200, 1);
  const frame = region.frame();
  take(frame, 20, 1);
  const seen: [number, number, string][] = [];
  frame.blocks((...range) => void seen.push(range));
  expect(seen[0]).toEqual([second + 200, 20, "live"]);
  expect(seen.length).toBe(2);
  frame.dispose();
  seen.length = 0;
  region.blocks((...range) => void seen.push(range));
  expect(seen.filter(([, , state]) => state === "live")).toEqual(
    [
      [first, 128, "live"],
      [second, 200, "live"],
    ].toSorted(([a], [b]) => (a as number) - (b as number)),
  );
  const { live, free } = occupancy(region);
  expect(live + free).toBe(region.footprint().held);
});

describe("an invalid layout", () => {
  test.each<[string, unknown]>([
    ["a number", 100],
    ["undefined", undefined],
    ["an object without an align", { size: 8 }],
    ["a negative size", { size: -8, align: 8 }],
  ])("%s is a TypeError, and leaves the region unchanged", (_, layout) => {
    const region = scoped(4096, { parent: root() });
    const ptr = take(region, 8);
    expect(() => region.allocate(layout as Layout)).toThrow(TypeError);
    if ((layout as Layout)?.size !== 8) expect(() => region.deallocate(ptr, layout as Layout)).toThrow(TypeError);
    expect(take(region, 8)).toBe(ptr + 8);
    region.check();
  });

  test("NULL is no block", () => {
    const region = scoped(4096, { parent: root() });
    const [layout, longer] = [Layout.of(8), Layout.of(16)];
    const calls = [
      () => region.deallocate(NULL as unknown as Ptr, layout),
      () => region.grow(NULL as unknown as Ptr, layout, longer),
      () => region.shrink(NULL as unknown as Ptr, longer, layout),
      () => region.resizeInPlace(NULL as unknown as Ptr, layout, longer),
    ];
    expect(calls.map((call) => codeThrown(call))).toEqual(Array(4).fill("foreign-pointer"));
  });
});

test("the frame of a region has an epoch of its own: its end and its reset change no other", () => {
  const region = scoped(4096, { parent: root() });
  const frame = region.frame();
  const before = [region.epoch, frame.epoch];
  frame.reset();
  expect([region.epoch, frame.epoch > before[1]!]).toEqual([before[0], true]);
  frame.dispose();
  expect(region.epoch).toBe(before[0]);
  region.reset();
  expect(region.epoch).toBeGreaterThan(before[0]!);
});

test("an allocator that takes its chunk from a scope ends with it, after the drops, and returns its chunk first", () => {
  for (const end of ["dispose", "reset"] as const) {
    const region = scoped(8192, { parent: root() });
    const frame = region.frame();
    const list = freeList(64, { blocks: 4, parent: frame });
    const layout = Layout.of(64);
    const ptr = take(list, 64);
    const seen: string[] = [];
    frame.defer(() => {
      list.deallocate(ptr, layout);
      seen.push("the drop has used the list");
    });
    frame[end]();
    expect([seen.length, codeThrown(() => list.allocate(layout))]).toEqual([1, "disposed"]);
    region.dispose();
  }
});

test("a region with open frames ends the allocators in it without an error about its lock", () => {
  const region = scoped(8192, { parent: root() });
  const list = freeList(64, { blocks: 4, parent: region });
  region.frame().frame();
  region.dispose();
  expect(codeThrown(() => list.allocate(Layout.of(8)))).toBe("disposed");
});
