/**
 * Stacks in programs that change how stacks are formatted, or forbid it: no block is lost because of that.
 */
import { Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { guard, type LeakError, leaks } from "@alloc/proxy";
import { afterEach, describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { small, take } from "./support/fixtures.ts";

const heap = () => system({ parent: pages(Memory.linear({ maximum: 2 ** 20 })) });
const home = Error as { prepareStackTrace?: unknown };
const before = home.prepareStackTrace;
const capture = Error.captureStackTrace;
afterEach(() => {
  home.prepareStackTrace = before;
  Error.captureStackTrace = capture;
});

describe("Error.prepareStackTrace", () => {
  const WRITES: Record<string, [unknown, RegExp]> = {
    "that throws": [
      () => {
        throw new Error("in prepareStackTrace");
      },
      /^$/,
    ],
    "that returns frames": [(_error: unknown, frames: unknown[]) => frames, /^ {4}at .*take/],
    "that returns a number": [() => 5, /^$/],
    "that returns nothing": [() => undefined, /^$/],
    "that returns a long text": [() => `at ${"x".repeat(10 ** 6)}\n`.repeat(10), /^at x/],
  };

  test.each(Object.entries(WRITES))("%s: a leak is still reported", (_name, [prepare, expected]) => {
    const one = leaks(heap());
    take(one, small);
    home.prepareStackTrace = prepare;
    const { stack } = one.live[0]!;
    let error: LeakError | undefined;
    try {
      leaks.check(one);
    } catch (caught) {
      error = caught as LeakError;
    }
    home.prepareStackTrace = before;
    expect(stack).toMatch(expected);
    expect(stack.length).toBeLessThan(10_000);
    expect(error?.message).toMatch(/^1 block of 40 bytes is still live/);
    one.dispose();
  });
});

test.each([
  ["throws", () => raise()],
  ["is missing", undefined],
])("Error.captureStackTrace that %s: requests are served and misuse is detected", (_name, replaced) => {
  Error.captureStackTrace = replaced as never;
  const [one, kept] = [guard(heap()), leaks(heap())];
  const ptr = take(one, small);
  one.deallocate(ptr, small);
  expect(codeThrown(() => one.deallocate(ptr, small))).toBe("double-free");
  kept.deallocate(take(kept, small), small);
  expect(kept.live).toEqual([]);
  one.dispose();
});

test("in an engine without Error.captureStackTrace, a block has the stack of an error", () => {
  Error.captureStackTrace = undefined as never;
  const kept = leaks(heap());
  take(kept, small);
  expect(kept.live[0]!.stack).toMatch(/^\s*at .*\n.*take /s);
  kept.dispose();
});

test.each([-1, 1.5, NaN, "10", null])(
  "a stackDepth of %s is refused before the allocator gets an owner",
  (stackDepth) => {
    const inner = heap();
    for (const watch of [leaks, guard]) {
      expect(codeThrown(() => watch(inner, { stackDepth: stackDepth as never }))).toBe("count");
    }
    leaks(inner).dispose();
  },
);

function raise(): never {
  throw new Error("frozen");
}
