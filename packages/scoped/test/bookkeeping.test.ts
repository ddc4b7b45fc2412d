/** The words of a region: how many a shared memory gets at once, and what `check` reports about wrong ones. */
import { Allocator, Layout, Memory, pages } from "@alloc/core";
import { bytesOfBook } from "@alloc/core/author";
import { freeList } from "@alloc/freelist";
import { type Scoped, scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { gatedMemory } from "../../../checks/support/gated.ts";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { root, take } from "./support.ts";

const wordsOf = (region: Scoped, name: "words" | "chunks") => region.describeSelf().state[name] as Float64Array;

test.each<[string, Memory, number]>([
  ["4 KiB: of 16 bytes each", Memory.over(new SharedArrayBuffer(4096), { owner: true }), 256],
  ["1 MiB: 4096 of them", Memory.linear({ maximum: 2 ** 20, shared: true }), 4096],
  ["64 MiB: of 4096 bytes each", Memory.linear({ maximum: 2 ** 26, shared: true }), 2 ** 14],
])("a region that grows has 4 words for each chunk it may ever have, in a shared memory of %s", (_, memory, most) => {
  const region = scoped(64, { parent: pages(memory), grow: true });
  expect(region.describeSelf().state.chunks!.length).toBe(4 * most);
});

test("a region that does not grow has the words of one chunk, also in a shared memory", () => {
  const region = scoped(64, { parent: pages(Memory.linear({ shared: true })) });
  expect(region.describeSelf().state.chunks!.length).toBe(4);
});

test("a region keeps 152 bytes, 56 for each scope open in it, and 16 for each further chunk", () => {
  const region = scoped(1024, { parent: root(), grow: true });
  const sizes = [region.footprint().bookkeeping];
  const inner = region.frame();
  sizes.push(region.footprint().bookkeeping);
  inner.dispose();
  region.allocate(Layout.of(1024));
  region.allocate(Layout.of(1));
  sizes.push(region.footprint().bookkeeping);
  expect(sizes).toEqual([152, 152 + 56, 152 + 16]);
});

test("in a shared memory a region has a bit for each of its bytes, and counts those below the highest released block", () => {
  const region = scoped(4096, { parent: pages(Memory.linear({ shared: true })) });
  const { bits } = region.describeSelf().state;
  const ptrs = Array.from({ length: 4 }, () => take(region, 64));
  const { bookkeeping } = region.footprint();
  region.deallocate(ptrs[2]!, Layout.of(64));
  expect([bits!.length, region.footprint().bookkeeping]).toEqual([4096 / 32, bookkeeping + 4 * 5]);
  expect(region.describeSelf().state.bits).toBe(bits);
});

test("a region has no room when the words that threads share hold no further chunk", () => {
  const list = freeList(16, { parent: pages(gatedMemory(2 ** 22)), blocks: 5000 });
  const region = scoped(16, { parent: list, grow: true });
  const most = wordsOf(region, "chunks").length / 4;
  for (let chunk = 0; chunk < most; chunk++) take(region, 16);
  const { held } = region.footprint();
  expect([region.allocate(Layout.of(16)), region.footprint().held, most]).toEqual([0, held, 4096]);
  region.check();
});

test("a region without room for its first chunk leaves no words behind", () => {
  const memory = Memory.linear({ shared: true, maximum: 2 ** 20 });
  const parent = pages(memory);
  const used = bytesOfBook(memory);
  expect([codeThrown(() => scoped(2 ** 21, { parent })), bytesOfBook(memory)]).toEqual(["no-room", used]);
});

describe("the word for out-of-order releases", () => {
  const RELEASED = 9;
  const layout = Layout.of(64);
  const filled = () => {
    const region = scoped(4096, { parent: root() });
    const ptrs = Array.from({ length: 8 }, () => take(region, 64));
    return { region, ptrs, words: region.describeSelf().state.words! };
  };

  test("is 0 in a region whose blocks and scopes ended in order", () => {
    const { region, ptrs, words } = filled();
    region.scope((inner) => take(inner, 64));
    region.resizeInPlace(ptrs[7]!, layout, Layout.of(100));
    expect(words[RELEASED]).toBe(0);
  });

  test("is the position after the start of the last such block", () => {
    const { region, ptrs, words } = filled();
    for (const block of [2, 5, 1]) region.deallocate(ptrs[block]!, layout);
    expect(words[RELEASED]).toBe(5 * 64 + 1);
  });

  test.each<[string, readonly number[], number]>([
    ["the outer scope's word", [1], 64 + 1],
    ["0 if the outer scope has none", [], 0],
  ])("is %s after the end of a scope with a later out-of-order release", (_, released, expected) => {
    const { region, ptrs, words } = filled();
    for (const block of released) region.deallocate(ptrs[block]!, layout);
    region.scope((inner) => {
      const first = take(inner, 64);
      take(inner, 64);
      inner.deallocate(first, layout);
    });
    expect(words[RELEASED]).toBe(expected);
  });
});

test("a block as large as the largest chunk is requested from the parent", () => {
  const inner = root();
  const parent = Allocator.from({
    memory: inner.memory,
    allocate: (layout) => inner.allocate(layout),
    deallocate: (ptr, layout) => inner.deallocate(ptr, layout),
    usableSize: ({ size }) => size,
  });
  const region = scoped(64, { parent, grow: true });
  expect([2 ** 32 - 16, 2 ** 32 - 15].map((size) => region.usableSize(Layout.of(size, 1)))).toEqual([2 ** 32 - 16, 0]);
});

test.each<[string, number, number]>([
  ["a chunk begins at position 128, where the one before ends", 5, 16],
  ["2 chunks end at position", 6, 16],
])("check reports wrong chunks: %s", (text, index, by) => {
  const region = scoped(128, { parent: root(), grow: true });
  take(region, 200);
  wordsOf(region, "chunks")[index]! += by;
  expect(() => region.check()).toThrow(text);
});

test("check finds a scope that starts before the scope around it", () => {
  const region = scoped(128, { parent: root() });
  take(region, 8);
  const outer = region.frame();
  const frame = outer.frame() as unknown as { mark: Float64Array };
  frame.mark[1]! -= 1;
  expect(() => region.check()).toThrow("a scope begins in the one around it");
});

test("check finds a floor that lies below the innermost scope", () => {
  const region = scoped(128, { parent: root() });
  take(region, 8);
  region.frame();
  wordsOf(region, "words")[2]! -= 1;
  expect(() => region.check()).toThrow("the floor lies in the innermost scope");
});

describe("check names the fault:", () => {
  test.each<[string, number, number]>([
    ["the floor lies in the last chunk", 2, -1],
    ["the tip lies from", 2, 1],
    ["the shift is that of the last chunk", 4, 1],
    ["released blocks lie below the tip", 9, 1],
    ["no block was released at position", 9, -1],
    ["scopes are open, got", 0, 1],
  ])("%s …", (text, index, by) => {
    const region = scoped(128, { parent: root(), grow: true });
    take(region, 128);
    const frame = region.frame();
    const first = take(frame, 16);
    frame.deallocate(first, Layout.of(16));
    take(frame, 9000);
    const ptrs = [take(frame, 8), take(frame, 8)];
    frame.deallocate(ptrs[0]!, Layout.of(8));
    const words = wordsOf(region, "words");
    if (text.startsWith("the tip")) words[index] = words[1]! + 1;
    else if (text.startsWith("released blocks")) words[index] = words[1]! + 1;
    else words[index] = Number(words[index]) + by;
    expect(() => region.check()).toThrow(text);
  });
});

test("usableSize of an invalid layout names the call that got it", () => {
  const region = scoped(64, { parent: root() });
  expect(() => region.usableSize(8 as unknown as Layout)).toThrow("usableSize expects a Layout");
});
