/** Requests at the limits of a region, and allocators on top of it that act during its requests and its end. */
import { Allocator, Layout, type Memory, NULL, type Null, type Ptr } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { type Scoped, scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { root, take } from "./support.ts";

/** An allocator on top of a region that serves nothing, and acts when it is asked to trim and when it ends. */
class Tenant extends Allocator {
  override readonly memory: Memory;
  readonly calls: { readonly trim?: () => void; readonly close?: () => void };

  constructor(region: Scoped, calls: Tenant["calls"]) {
    super(region);
    this.memory = region.memory;
    this.calls = calls;
  }
  override allocate(): Null {
    return NULL;
  }
  override deallocate(): void {}
  override usableSize(): number {
    return 0;
  }
  trim(): void {
    this.calls.trim?.();
  }
  override close(): void {
    this.calls.close?.();
  }
}

describe("resizeInPlace", () => {
  test("of a block of size 0 is false, at any address", () => {
    const region = scoped(64, { parent: root() });
    const ptr = take(region, 8);
    const places = [NULL, Layout.of(0).dangling, ptr + 8] as Ptr[];
    expect(places.map((place) => region.resizeInPlace(place, Layout.of(0), Layout.of(8)))).toEqual(
      Array(3).fill(false),
    );
  });

  test("of NULL says that it expects the address of a block", () => {
    const region = scoped(64, { parent: root() });
    expect(() => region.resizeInPlace(NULL as unknown as Ptr, Layout.of(8), Layout.of(16))).toThrow(
      "resizeInPlace expects the address of a block",
    );
  });

  test("to the block's own size succeeds, also below the tip", () => {
    const region = scoped(64, { parent: root() });
    const [first, last] = [take(region, 8), take(region, 8)];
    const layout = Layout.of(8);
    expect([first, last].map((ptr) => region.resizeInPlace(ptr, layout, layout))).toEqual([true, true]);
  });
});

test("a block of a larger align than the chunk's fills the region to its last byte", () => {
  const region = scoped(128, { parent: root() });
  expect(region.allocate(Layout.of(128, 64))).not.toBe(NULL);
});

test("a block grows from size 0 to another align", () => {
  const region = scoped(128, { parent: root() });
  const nothing = Layout.of(0, 8);
  expect(Number(region.grow(nothing.dangling as Ptr, nothing, Layout.of(8, 64))) % 64).toBe(0);
  expect(region.footprint().held).toBe(128);
});

test("an error about an invalid layout names the call that got it", () => {
  const region = scoped(64, { parent: root() });
  const wrong = 8 as unknown as Layout;
  expect(() => region.allocate(wrong)).toThrow("allocate expects a Layout");
  expect(() => region.deallocate(take(region, 8), wrong)).toThrow("deallocate expects a Layout");
});

test("the error for a region of 0 bytes says that it needs one", () => {
  expect(() => scoped(0)).toThrow("a scoped region needs at least 1 byte, got 0");
});

test("the peak of a scope is its maximum before the scope opened inside it", () => {
  const region = scoped(64, { parent: root(), grow: true });
  region.scope((inner) => take(inner, 5000));
  const { peak } = region.footprint();
  using frame = region.frame();
  expect(region.footprint().peak).toBe(peak);
  take(frame, 50_000);
  expect(region.footprint().peak).toBeGreaterThan(50_000);
});

describe("an allocator on top of a region", () => {
  test("ends with the region's parent, as the region does", () => {
    const outer = scoped(8192, { parent: root() });
    const region = scoped(1024, { parent: outer });
    const list = freeList(64, { blocks: 4, parent: region });
    outer.dispose();
    expect([region, list].map((it) => codeThrown(() => it.allocate(Layout.of(8))))).toEqual(["disposed", "disposed"]);
  });

  test("is not asked to trim while the region waits for a chunk, but afterwards", () => {
    const parent = root(2 ** 17);
    const region = scoped(8192, { parent, grow: true });
    let trims = 0;
    new Tenant(region, { trim: () => trims++ });
    take(parent, 65536);
    const large = Layout.of(100_000);
    expect([region.allocate(large), trims]).toEqual([NULL, 0]);
    expect([parent.allocate(large), trims]).toEqual([NULL, 1]);
  });

  test.each(["reset", "dispose"] as const)("may defer as it ends, which runs before the %s is over", (end) => {
    const region = scoped(8192, { parent: root() });
    const order: string[] = [];
    new Tenant(region, { close: () => region.defer(() => order.push("drop")) });
    region[end]();
    expect(order).toEqual(["drop"]);
  });

  test("may end the scope by a function deferred as it ends, and no other scope ends", () => {
    const region = scoped(8192, { parent: root() });
    const outer = region.frame();
    const frame = outer.frame();
    new Tenant(frame, { close: () => frame.defer(() => frame.dispose()) });
    frame.dispose();
    expect(outer.allocate(Layout.of(8))).not.toBe(NULL);
    region.check();
  });

  test.each<[string, (frame: Scoped, end: () => void) => void]>([
    ["by a function deferred as it ends", (frame, end) => frame.defer(end)],
    ["as it ends", (_, end) => end()],
  ])("may also end the scopes around it, %s", (_, how) => {
    const parent = root();
    const region = scoped(8192, { parent });
    const outer = region.frame();
    const frame = outer.frame();
    new Tenant(frame, { close: () => how(frame, () => outer.dispose()) });
    frame.dispose();
    expect(region.allocate(Layout.of(8192))).not.toBe(NULL);
    region.check();
    region.dispose();
    expect(parent.footprint().held).toBe(0);
  });
});

test("a block of a larger align than the chunks have grows in place where a chunk is guaranteed to have room", () => {
  const region = scoped(1024, { parent: root() });
  const ptr = take(region, 64, 64);
  expect(region.resizeInPlace(ptr, Layout.of(64, 64), Layout.of(128, 64))).toBe(true);
});
