import { type Allocator, Layout, NULL, type Ptr } from "@alloc/core";
import { type Scoped, scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { root, take } from "./support.ts";

const layout = Layout.of(8);
const requests = (scope: Scoped, ptr: Ptr): Record<string, () => unknown> => ({
  allocate: () => scope.allocate(layout),
  "allocate of size 0": () => scope.allocate(Layout.of(0)),
  allocateZeroed: () => scope.allocateZeroed(layout),
  grow: () => scope.grow(ptr, layout, Layout.of(16)),
  "grow to another align": () => scope.grow(ptr, layout, Layout.of(16, 64)),
  growZeroed: () => scope.growZeroed(ptr, layout, Layout.of(16)),
  shrink: () => scope.shrink(ptr, layout, Layout.of(4)),
  "shrink to 0": () => scope.shrink(ptr, layout, Layout.of(0)),
  deallocate: () => scope.deallocate(ptr, layout),
  resizeInPlace: () => scope.resizeInPlace(ptr, layout, Layout.of(4)),
  reset: () => scope.reset(),
  defer: () => scope.defer(() => {}),
  frame: () => scope.frame(),
  scope: () => scope.scope(() => {}),
});

describe("an outer scope is locked while an inner one is open", () => {
  test.each(Object.keys(requests(scoped(1), 0 as Ptr)))("%s throws open-scope", (name) => {
    const region = scoped(64, { parent: root() });
    const ptr = take(region, 8);
    const frame = region.frame();
    const inner = take(frame, 8);
    const words = region.describeSelf().state.words!;
    const before = words.slice();
    for (const block of [ptr, inner]) expect(codeThrown(requests(region, block)[name]!)).toBe("open-scope");
    expect(words).toEqual(before);
    frame.dispose();
    expect(codeThrown(requests(region, ptr)[name]!)).toBe("nothing was thrown");
  });

  test("of three scopes only the innermost serves", () => {
    const region = scoped(64, { parent: root() });
    region.scope((first) =>
      first.scope((second) => {
        expect([region.isScoped, first.isScoped, second.isScoped]).toEqual([true, true, false]);
        for (const outer of [region, first]) expect(codeThrown(() => outer.allocate(layout))).toBe("open-scope");
        take(second, 8);
      }),
    );
  });

  test("read-only methods still work: owns, usableSize, footprint, check, isScoped, describe", () => {
    const region = scoped(64, { parent: root() });
    const ptr = take(region, 8);
    using frame = region.frame();
    const inner = take(frame, 8);
    region.check();
    expect([region.owns(ptr), region.owns(inner), region.usableSize(layout), region.isScoped]).toEqual([
      true,
      true,
      8,
      true,
    ]);
    expect([region.footprint().held, region.describe().nodes.length]).toEqual([64, 2]);
  });

  test("it is unlocked when the body throws, and the error is thrown unchanged", () => {
    const region = scoped(64, { parent: root() });
    const error = new Error("boom");
    let thrown: unknown;
    try {
      region.scope((inner) => {
        take(inner, 64);
        throw error;
      });
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBe(error);
    expect([region.isScoped, region.allocate(Layout.of(64)) !== NULL]).toEqual([false, true]);
  });

  test("it is unlocked when the body throws undefined, which is thrown too", () => {
    const region = scoped(64, { parent: root() });
    let caught: unknown = "nothing";
    try {
      region.scope(() => {
        throw undefined;
      });
    } catch (error) {
      caught = error;
    }
    expect([caught, region.isScoped]).toEqual([undefined, false]);
  });
});

describe("the end of a scope", () => {
  test("scope returns the result of its body", () => {
    expect(scoped(64, { parent: root() }).scope(() => "result")).toBe("result");
  });

  test("gives its memory to the next one: 1000 frames of the whole region take nothing more", () => {
    const parent = root();
    const region = scoped(1000, { parent });
    const { held } = parent.footprint();
    const first = region.scope((inner) => take(inner, 1000, 1));
    for (let round = 0; round < 1000; round++) {
      using inner = region.frame();
      expect(take(inner, 1000, 1)).toBe(first);
    }
    expect(parent.footprint().held).toBe(held);
    expect(region.footprint().held).toBe(1000);
  });

  test("leaves the blocks of the outer scope unchanged, three scopes deep", () => {
    const region = scoped(64, { parent: root() });
    const ends: number[] = [];
    const fill = (scope: Scoped, depth: number): void => {
      const ptr = take(scope, 8);
      scope.memory.view(Uint8Array, ptr, 8).fill(depth);
      if (depth < 3) scope.scope((inner) => fill(inner, depth + 1));
      expect([...scope.memory.view(Uint8Array, ptr, 8)]).toEqual(Array(8).fill(depth));
      ends.push(take(scope, 1, 1));
    };
    fill(region, 0);
    const base = region.memory.toPtr(ends[3]!) - 8;
    expect(ends).toEqual([base + 32, base + 24, base + 16, base + 8]);
  });

  test.each(Object.keys(requests(scoped(1), 0 as Ptr)))("%s throws disposed from then on", (name) => {
    const region = scoped(64, { parent: root() });
    const frame = region.frame();
    frame.dispose();
    frame.dispose();
    expect(codeThrown(requests(frame, 0 as Ptr)[name]!)).toBe("disposed");
    expect(frame.isScoped).toBe(false);
  });

  test("ending a frame twice ends nothing else", () => {
    const region = scoped(64, { parent: root() });
    const first = region.frame();
    first.dispose();
    const second = region.frame();
    first.dispose();
    expect(second.allocate(layout)).not.toBe(NULL);
  });

  test("ends the scopes open in it, the innermost first, also when the region is disposed", () => {
    const parent = root();
    const region = scoped(64, { parent });
    const order: string[] = [];
    const open = (outer: Scoped, name: string) => {
      const frame = outer.frame();
      frame.defer(() => order.push(name));
      return frame;
    };
    const first = open(region, "first");
    const second = open(first, "second");
    const third = open(second, "third");
    second.dispose();
    expect([order, region.isScoped, first.isScoped]).toEqual([["third", "second"], true, false]);
    open(open(first, "fourth"), "fifth");
    region.dispose();
    expect(order).toEqual(["third", "second", "fifth", "fourth", "first"]);
    for (const ended of [region, first, second, third] as Allocator[]) {
      expect(codeThrown(() => ended.allocate(layout))).toBe("disposed");
    }
    expect(parent.footprint().held).toBe(0);
  });

  test("20,000 scopes deep ends them all, without 20,000 calls on the stack", () => {
    const parent = root();
    const region = scoped(64, { parent });
    let innermost = region;
    let drops = 0;
    for (let depth = 0; depth < 20_000; depth++) {
      innermost = innermost.frame();
      innermost.defer(() => drops++);
    }
    region.dispose();
    expect([drops, parent.footprint().held]).toEqual([20_000, 0]);
  });

  test("a body may end its scope itself, and the region", () => {
    const region = scoped(64, { parent: root() });
    expect(region.scope((inner) => inner.dispose())).toBe(undefined);
    expect(region.allocate(Layout.of(64))).not.toBe(NULL);
    expect(region.scope(() => region.dispose())).toBe(undefined);
    expect(codeThrown(() => region.allocate(layout))).toBe("disposed");
  });

  test("a frame left open by a body ends with its scope", () => {
    const region = scoped(64, { parent: root() });
    const left = region.scope((inner) => inner.frame());
    expect(codeThrown(() => left.allocate(layout))).toBe("disposed");
    expect(region.isScoped).toBe(false);
  });

  test("reset of a frame forgets only its own blocks", () => {
    const region = scoped(64, { parent: root() });
    const own = take(region, 32);
    using frame = region.frame();
    const first = take(frame, 32);
    frame.reset();
    expect([take(frame, 32), frame.allocate(Layout.of(1, 1)), own + 32]).toEqual([first, NULL, first]);
  });
});

describe("an async body", () => {
  test("is refused with a TypeError that shows the fix, and its scope has ended", async () => {
    const region = scoped(64, { parent: root() });
    const order: string[] = [];
    const call = () =>
      region.scope(async (inner) => {
        inner.defer(() => order.push("dropped"));
        await Promise.resolve();
        order.push(codeThrown(() => inner.allocate(layout)));
        inner.allocate(layout);
      });
    expect(call).toThrow("using inner = region.frame()");
    expect([order, region.isScoped]).toEqual([["dropped"], false]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(["dropped", "disposed"]);
  });

  test("can be replaced by a frame, which locks the region until it ends", async () => {
    const region = scoped(64, { parent: root() });
    const work = async () => {
      using inner = region.frame();
      const ptr = take(inner, 64);
      await Promise.resolve();
      inner.memory.view(Uint8Array, ptr, 64).fill(1);
      return "done";
    };
    const result = work();
    expect(codeThrown(() => region.allocate(layout))).toBe("open-scope");
    expect([await result, region.isScoped]).toEqual(["done", false]);
  });
});
