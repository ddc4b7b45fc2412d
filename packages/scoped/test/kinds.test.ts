/** A region made again on its words. */
import { type Allocator, ArgumentError, type Description, Layout, Memory, pages } from "@alloc/core";
import { attachDescription } from "@alloc/core/author";
import { type Scoped, scoped, scopedKind } from "@alloc/scoped";
import { expect, test } from "vitest";
import { expectAttachable } from "../../../checks/support/attached.ts";
import { root, take } from "./support.ts";

test.each([
  ["a region", (parent: Allocator) => scoped(10_000, { parent })],
  ["a region that grows, with a name", (parent: Allocator) => scoped(100, { parent, grow: true, name: "frame" })],
])("%s made again does what the first one does", (_what, make) => expectAttachable(make, [scopedKind]));

test("a region made again and reset begins as the first one did", () => {
  const region = scoped(1000, { parent: root(), grow: true });
  const first = take(region, 8);
  take(region, 5000);
  const again = attachDescription(region.memory, region.describe(), [scopedKind]) as Scoped;
  again.reset();
  again.check();
  expect([take(again, 8), again.footprint().held]).toEqual([first, 1000]);
});

const describesOpen = (region: Scoped) => region.describeSelf().options.open;

test("a region describes itself as open while a frame is open", () => {
  const region = scoped(1000, { parent: root() });
  const frame = region.frame();
  const open = [describesOpen(region), describesOpen(frame)];
  frame.dispose();
  expect([...open, describesOpen(region)]).toEqual([true, true, false]);
});

test("a region describes itself as open while a drop waits", () => {
  const region = scoped(1000, { parent: root() });
  region.defer(() => {});
  const open = describesOpen(region);
  region.reset();
  expect([open, describesOpen(region)]).toEqual([true, false]);
});

/** Returns what attaches a description, changed. */
function attachWith(region: Scoped, options: object, state: object = {}): () => Allocator {
  const { nodes, root } = region.describe();
  const changed = nodes.map((node) =>
    node.id === root ? { ...node, options: { ...node.options, ...options }, state: { ...node.state, ...state } } : node,
  );
  return () => attachDescription(region.memory, { nodes: changed, root } as Description, [scopedKind]);
}

const isOpen = new ArgumentError("attach expects a scoped region without open scopes and waiting drops");

test("a region with a waiting drop is not made again", () => {
  const region = scoped(1000, { parent: root() });
  region.defer(() => {});
  expect(attachWith(region, {})).toThrow(isOpen);
});

test("a region with an open frame is not made again, also if it is described as having none", () => {
  const region = scoped(1000, { parent: root() });
  region.frame();
  expect(attachWith(region, { open: false })).toThrow(isOpen);
});

test("a frame is not made again", () => {
  const frame = scoped(1000, { parent: root() }).frame();
  expect(attachWith(frame, {})).toThrow(isOpen);
  expect(attachWith(frame, { open: false, level: 0 })).toThrow(isOpen);
});

test.each([
  ["another number of bytes", { bytes: 999 }],
  ["no bytes", { bytes: 0 }],
  ["bytes that are a text", { bytes: "1000" }],
  ["more chunks than it may have", { grow: false }],
  ["no flag", { grow: undefined }],
  ["another level", { level: 1 }],
])("a description with %s is refused", (_what, options) => {
  const region = scoped(1000, { parent: root(), grow: true });
  take(region, 2000);
  expect(attachWith(region, options)).toThrow();
});

test.each([
  ["words", [undefined, new Float32Array(10), new Float64Array(9)]],
  ["chunks", [undefined, new Int32Array(8), new Uint32Array(7), new Uint32Array(8)]],
  ["bits", [undefined, new Int32Array(100), new Uint32Array(1)]],
])("a description with wrong %s is refused", (name, wrong) => {
  const region = scoped(1000, { parent: root(), grow: true });
  const first = take(region, 500);
  const second = take(region, 100);
  region.deallocate(second, Layout.of(50));
  region.deallocate(first, Layout.of(500));
  take(region, 2000);
  for (const it of wrong) expect(attachWith(region, {}, { [name]: it })).toThrow(ArgumentError);
});

test("a description without a parent is refused", () => {
  const { nodes, root: id } = scoped(1000, { parent: root() }).describe();
  const orphan = nodes.map(({ parent: _, ...node }) => node);
  const memory = Memory.linear();
  expect(() => attachDescription(memory, { nodes: orphan, root: id }, [scopedKind])).toThrow(ArgumentError);
});

test("a region in a memory that threads share has all of its words from the start", () => {
  const parent = pages(Memory.linear({ shared: true, maximum: 2 ** 20 }));
  const { state } = scoped(100, { parent, grow: true }).describeSelf();
  expect([state.chunks!.length, state.bits!.length]).toEqual([4 * 4096, 2 ** 15]);
});
