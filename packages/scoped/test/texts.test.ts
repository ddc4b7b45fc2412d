/** The messages of a scope about misuse: the address, the fault, and what to do. */
import { Allocator, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { type Scoped, scoped } from "@alloc/scoped";
import { expect, test } from "vitest";
import { root, take } from "./support.ts";

const layout = Layout.of(16);

test.each<[string, (region: Scoped) => void]>([
  [
    "this scope is locked while a scope is open inside it; use or end that one",
    (region) => {
      region.frame();
      region.allocate(layout);
    },
  ],
  [
    "16 does not lie in this scope; release a block through the scope it came from",
    (region) => region.deallocate(region.memory.toPtr(16), layout),
  ],
  [
    "Layout(16, align 8) at 4096 would end after the last live block of this scope",
    (region) => region.deallocate(take(region, 8), layout),
  ],
  [
    "the block at 4096 ended with its scope; do not keep pointers to it",
    (region) =>
      region.deallocate(
        region.scope((inner) => take(inner, 16)),
        layout,
      ),
  ],
  [
    "no block is live at 4096; it was released before",
    (region) => {
      const ptr = take(region, 16);
      region.deallocate(ptr, layout);
      region.deallocate(ptr, layout);
    },
  ],
])("%s", (text, misuse) => {
  expect(() => misuse(scoped(256, { parent: pages(Memory.linear()) }))).toThrow(text);
});

test("a scope opened while its outer scope requests a chunk gets an error that says when to open it", () => {
  const inner = root();
  let come = () => {};
  const parent = Object.assign(Object.create(inner), {
    allocate(wanted: Layout) {
      come();
      return inner.allocate(wanted);
    },
  });
  const region = scoped(64, { parent, grow: true });
  come = () => void region.frame();
  expect(() => region.allocate(Layout.of(100))).toThrow(
    "a scope was opened in this one while it was asking its parent for a chunk; open it before or after",
  );
});

test.each<[string, (outer: Scoped, inner: Scoped) => unknown]>([
  ["a locked scope", (outer) => outer.allocate(layout)],
  ["a foreign address", (_outer, inner) => inner.deallocate(16 as Ptr, layout)],
])("the error for %s inside a named region has the name", (_what, misuse) => {
  const region = scoped(256, { name: "level", parent: root() });
  const outer = region.frame();
  expect(() => misuse(outer, outer.frame())).toThrow('"level"');
});

test("the error for a scope opened while a chunk is requested has the name of the region", () => {
  const inner = root();
  let come = () => {};
  const parent = Allocator.from({
    memory: inner.memory,
    allocate(wanted) {
      come();
      return inner.allocate(wanted);
    },
    deallocate: (ptr, wanted) => inner.deallocate(ptr, wanted),
    usableSize: (wanted) => inner.usableSize(wanted),
  });
  const outer = scoped(64, { name: "level", parent, grow: true }).frame();
  come = () => void outer.frame();
  expect(() => outer.allocate(Layout.of(100))).toThrow('"level"');
});

test("a flag that is not true or false is named, with what was passed", () => {
  const options = { grow: 1, parent: root() } as unknown as { grow: boolean };
  expect(() => scoped(256, options)).toThrow(
    "scoped expects true or false as grow, got 1: write scoped(bytes, { grow: true })",
  );
});
