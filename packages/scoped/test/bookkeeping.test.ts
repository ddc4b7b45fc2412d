/** The words of a region: how many a shared memory gets at once, and what `check` says of those that are wrong. */
import { Layout, Memory, pages } from "@alloc/core";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { root, take } from "./support.ts";

test.each<[string, Memory, number]>([
  ["4 KiB: of 16 bytes each", Memory.over(new SharedArrayBuffer(4096)), 256],
  ["1 MiB: 4096 of them", Memory.linear({ maximum: 2 ** 20, shared: true }), 4096],
  ["64 MiB: of 4096 bytes each", Memory.linear({ maximum: 2 ** 26, shared: true }), 2 ** 14],
])(
  "a region that grows has 4 words for each chunk that it may ever have, in a shared memory of %s",
  (_, memory, most) => {
    const region = scoped(64, { parent: pages(memory), grow: true });
    expect(region.describeSelf().state.chunks!.length).toBe(4 * most);
  },
);

test("a region that does not grow has the words of one chunk, in a shared memory too", () => {
  const region = scoped(64, { parent: pages(Memory.linear({ shared: true })) });
  expect(region.describeSelf().state.chunks!.length).toBe(4);
});

describe("check names what is wrong:", () => {
  test.each<[string, number, number]>([
    ["the floor lies in the last chunk", 2, -1],
    ["the tip lies from", 2, 1],
    ["the shift is that of the last chunk", 4, 1],
    ["what was released lies below the tip", 9, 1],
    ["nothing was released at position", 9, -1],
    ["scopes are open, came", 0, 1],
  ])("%s …", (text, index, by) => {
    const region = scoped(128, { parent: root(), grow: true });
    take(region, 128);
    const frame = region.frame();
    const first = take(frame, 16);
    frame.deallocate(first, Layout.of(16));
    take(frame, 9000);
    const ptrs = [take(frame, 8), take(frame, 8)];
    frame.deallocate(ptrs[0]!, Layout.of(8));
    const words = region.describeSelf().state.words!;
    if (text.startsWith("the tip")) words[index] = words[1]! + 1;
    else if (text.startsWith("what was released")) words[index] = words[1]! + 1;
    else words[index] = Number(words[index]) + by;
    expect(() => region.check()).toThrow(text);
  });
});

test("usableSize of what is no layout names the call that got it", () => {
  const region = scoped(64, { parent: root() });
  expect(() => region.usableSize(8 as unknown as Layout)).toThrow("usableSize expects a Layout");
});
