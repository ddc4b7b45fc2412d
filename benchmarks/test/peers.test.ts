import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Allocator, can, Layout, NULL, type Ptr } from "@alloc/core";
import { replay } from "@alloc/testkit";
import { describe, expect, test } from "vitest";
import { ROOM } from "../src/peers/adapt.ts";
import * as assemblyscript from "../src/peers/assemblyscript.ts";
import * as codemix from "../src/peers/codemix.ts";
import { CONTENDERS, type Contender, versionOf } from "../src/peers/contenders.ts";
import emscripten from "../src/peers/emscripten.ts";
import { growing } from "../src/peers/growing.ts";
import * as thiNg from "../src/peers/thi-ng.ts";

const layout = Layout.of(100, 8);
const adapters: [name: string, make: () => Allocator][] = [
  ["thi-ng", thiNg.default],
  ["thi-ng in a guest", thiNg.inGuest],
  ["codemix", codemix.default],
  ["assemblyscript", assemblyscript.default],
];

/** Returns a block, which must be there. */
function block(allocator: Allocator, of: Layout = layout): Ptr {
  const ptr = allocator.allocate(of);
  expect(ptr).not.toBe(NULL);
  return ptr as Ptr;
}

describe.each(adapters)("the adapter of %s", (_name, make) => {
  test("hands out aligned, disjoint blocks", () => {
    const allocator = make();
    const starts = [1, 8, 64, 4096].map((align) => [block(allocator, Layout.of(100, align)), align] as const);
    for (const [start, align] of starts) expect(start % align).toBe(0);
    const sorted = starts.map(([start]) => start).sort((a, b) => a - b);
    for (const [index, start] of sorted.slice(1).entries()) expect(start - sorted[index]!).toBeGreaterThanOrEqual(100);
  });

  test("keeps the bytes of a growing block, and clears the new ones", () => {
    const allocator = make();
    const ptr = block(allocator);
    block(allocator);
    allocator.memory.u8.fill(7, ptr, ptr + 100);
    const grown = allocator.growZeroed(ptr, layout, Layout.of(300, 8)) as Ptr;
    expect([...allocator.memory.view(Uint8Array, grown, 300)]).toEqual([...Array(100).fill(7), ...Array(200).fill(0)]);
  });

  test("clears a block that was written to before", () => {
    const allocator = make();
    const first = block(allocator);
    allocator.memory.u8.fill(7, first, first + 100);
    allocator.deallocate(first, layout);
    const zeroed = allocator.allocateZeroed(layout) as Ptr;
    expect(zeroed).toBe(first);
    expect(allocator.memory.view(Uint8Array, zeroed, 100).every((byte) => byte === 0)).toBe(true);
  });

  test("returns NULL without room, and then serves a smaller request", () => {
    const allocator = make();
    for (const size of [4 * ROOM, 2 ** 31, 2 ** 32 - 8]) expect(allocator.allocate(Layout.of(size, 8))).toBe(NULL);
    block(allocator);
  });
});

describe("the adapter of thi-ng", () => {
  test("throws if free returns false, with the matching code", () => {
    const allocator = thiNg.default();
    const ptr = block(allocator);
    block(allocator);
    expect(() => allocator.deallocate((ptr + 8) as Ptr, layout)).toThrow(
      expect.objectContaining({ code: "interior-pointer" }),
    );
    expect(() => allocator.deallocate(32768 as Ptr, layout)).toThrow(
      expect.objectContaining({ code: "foreign-pointer" }),
    );
    allocator.deallocate(ptr, layout);
    expect(() => allocator.deallocate(ptr, layout)).toThrow(expect.objectContaining({ code: "double-free" }));
  });

  test("reset forgets every block", () => {
    const allocator = thiNg.default();
    const ptr = block(allocator);
    if (can(allocator, "reset")) allocator.reset();
    expect(block(allocator)).toBe(ptr);
  });

  test("does not hide its result for a request larger than the pool", () => {
    expect(thiNg.unbounded().allocate(Layout.of(2 ** 32 - 131072, 1))).not.toBe(NULL);
  });

  test("does not hide the realloc that leaks on a move: the replay runs out of room", async () => {
    await expect(replay(growing(), thiNg.default())).rejects.toThrow("no room for block");
  });

  test("does not hide the overlap after shrinking the top block", () => {
    const allocator = thiNg.default();
    const top = block(allocator, Layout.of(24, 8));
    allocator.shrink(top, Layout.of(24, 8), Layout.of(16, 8));
    const next = block(allocator, Layout.of(8, 8));
    allocator.deallocate(top, Layout.of(16, 8));
    const again = block(allocator, Layout.of(24, 8));
    expect(again).toBe(top);
    expect(again + 24).toBeGreaterThan(next - 8); // its header lies in the block that was handed out again
  });
});

test("codemix throws for an address outside its range", () => {
  const allocator = codemix.default();
  expect(() => allocator.deallocate(32768 as Ptr, layout)).toThrow(
    expect.objectContaining({ code: "foreign-pointer" }),
  );
});

test("AssemblyScript asserts that a block is in use", () => {
  const allocator = assemblyscript.default();
  const ptr = block(allocator);
  allocator.deallocate(ptr, layout);
  expect(() => allocator.deallocate(ptr, layout)).toThrow(expect.objectContaining({ code: "double-free" }));
});

test("Emscripten's malloc takes its blocks back", () => {
  const ptr = block(emscripten);
  emscripten.deallocate(ptr, layout);
  expect(block(emscripten)).toBe(ptr);
  emscripten.deallocate(ptr, layout);
});

test.each([
  ["codemix", codemix.default],
  ["assemblyscript", assemblyscript.default],
])("the two buffers grow in %s", async (_name, make) => {
  const { leaks, verified } = await replay(growing(), make());
  expect(leaks).toBe(0);
  expect(verified).toBe(2 * 1023 + 2);
});

describe("docs/peers.md", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/peers.md"), "utf8");
  const sections = text.split(/^## /m).slice(1);
  const sectionOf = (name: string) => sections.find((section) => section.startsWith(`\`${name}\` `)) ?? "";

  test.each(CONTENDERS.map((contender) => [contender.name, contender] as [string, Contender]))(
    "has the installed version of %s, and each of its runs",
    (name, contender) => {
      const title = `\`${name}\` ${versionOf(contender)}: ${contender.part}`;
      expect(sectionOf(name)).toContain(`${title}\n`);
      expect(text).toContain(`\n| ${title} `);
      const runs = [...sectionOf(name).matchAll(/^### (.*)$/gm)].map(([, title]) => title);
      expect(runs).toEqual(contender.runs.map(({ title }) => title));
    },
  );

  test("has no peer that is no longer checked", () => {
    expect(sections.map((section) => section.split("`")[1])).toEqual(CONTENDERS.map(({ name }) => name));
  });

  test.each([
    ["@thi.ng/malloc", "**4.3**", "the realloc that leaks on a move, as a rule"],
    ["@thi.ng/malloc", "no room for block", "the realloc that leaks on a move, in a program"],
    ["@thi.ng/malloc", "**1.3**", "the overlap after shrinking the top block"],
    ["@thi.ng/malloc", "**8.1**", "the memory that grew"],
    ["malloc", "the last call does not return", "the double free that hangs"],
  ])("reports of %s %s: %s", (name, found) => {
    expect(sectionOf(name)).toContain(found);
  });

  test("has no path of the machine that made it, and no date", () => {
    expect(text).not.toMatch(/file:|\/(tmp|home|work|Users)\/|\b20\d\d-\d\d-\d\d\b/);
  });
});
