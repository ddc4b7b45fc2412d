/**
 * Values that are not layouts, in plain JavaScript: every method of every allocator throws the contract's TypeError, and changes nothing.
 *
 * @module
 */
import { ArgumentError } from "@alloc/core";
import { type Allocator, affix, type Capabilities, Layout, type Ptr } from "@alloc/std";
import { describe, expect, test } from "vitest";
import { heap, MAKERS } from "./kinds.ts";

const NO_LAYOUTS: [text: string, value: unknown][] = [
  ["undefined", undefined],
  ["null", null],
  ["64", 64],
  ["0", 0],
  ['"64"', "64"],
  ["8n", 8n],
  ["true", true],
  ["a function", Layout.of],
  ["{}", {}],
  ["[8, 8]", [8, 8]],
  ["{ size: 8 }", { size: 8 }],
  ["{ size: -8, align: 8 }", { size: -8, align: 8 }],
  ["{ size: NaN, align: 8 }", { size: NaN, align: 8 }],
  ["{ size: 8, align: 0 }", { size: 8, align: 0 }],
];

const layout = Layout.of(40);

describe.each(Object.entries(MAKERS))("%s", (_, make) => {
  test.each(NO_LAYOUTS)("refuses %s in every method, naming it, and serves as before", (_, value) => {
    const it = make() as Allocator & Partial<Capabilities>;
    const ptr = it.allocate(layout);
    const wrong = value as Layout;
    const block = (ptr === 0 ? 64 : ptr) as Ptr;
    const got = value === 64 ? "got 64: write .*Layout\\.of\\(64\\)" : "got .*: write .*Layout\\.of\\(";
    const calls: [call: string, use: () => unknown][] = [
      ["allocate", () => it.allocate(wrong)],
      ["allocateZeroed", () => it.allocateZeroed(wrong)],
      ["usableSize", () => it.usableSize(wrong)],
      ["deallocate", () => it.deallocate(block, wrong)],
      ["grow", () => it.grow(block, wrong, layout)],
      ["grow", () => it.grow(block, layout, wrong)],
      ["growZeroed", () => it.growZeroed(block, wrong, layout)],
      ["growZeroed", () => it.growZeroed(block, layout, wrong)],
      ["shrink", () => it.shrink(block, wrong, layout)],
      ["shrink", () => it.shrink(block, layout, wrong)],
      ["resizeInPlace", () => it.resizeInPlace?.(block, wrong, layout)],
      ["resizeInPlace", () => it.resizeInPlace?.(block, layout, wrong)],
    ];
    for (const [call, use] of calls) {
      if (call === "resizeInPlace" && it.resizeInPlace === undefined) continue;
      let error: unknown;
      try {
        error = `returned ${String(use())}`;
      } catch (thrown) {
        error = thrown;
      }
      expect(String(error), call).toMatch(new RegExp(`^TypeError: \\w+ expects a Layout, ${got}`));
    }
    it.check?.();
    if (ptr === 0) return;
    const next = it.allocate(layout);
    expect(next > 0 && Math.abs(next - ptr) >= layout.size).toBe(true);
    it.deallocate(next as Ptr, layout);
    it.deallocate(ptr as Ptr, layout);
    it.check?.();
  });
});

test("allocate of a number says in every allocator what it got and what to write", () => {
  for (const [name, make] of Object.entries(MAKERS)) {
    expect(() => make().allocate(64 as unknown as Layout), name).toThrow(
      new ArgumentError("allocate expects a Layout, got 64: write allocate(Layout.of(64))"),
    );
  }
});

test("Layout.array of a number says what to write", () => {
  expect(() => Layout.array(8 as unknown as Layout, 4)).toThrow(
    new ArgumentError("Layout.array expects a Layout, got 8: write Layout.array(Layout.of(8), count)"),
  );
});

test("an affix that is a number is refused when the chain is made", () => {
  expect(() => affix(heap(), { prefix: 8 as unknown as Layout })).toThrow(/affix expects a Layout, got 8/);
});
