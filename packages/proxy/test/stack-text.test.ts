/** The text of stacks: which lines are frames, and how they are cut and cleaned. */
import { type LeaksOptions, leaks } from "@alloc/proxy";
import { afterEach, describe, expect, test } from "vitest";
import { heap, small, take } from "./support/fixtures.ts";

const home = Error as { prepareStackTrace?: unknown };
const before = home.prepareStackTrace;
afterEach(() => {
  home.prepareStackTrace = before;
});

/** Returns the stack kept in a program that formats traces like this. */
function written(trace: unknown, options: LeaksOptions = {}): string {
  const one = leaks(heap(), options);
  take(one, small);
  home.prepareStackTrace = () => trace;
  const { stack } = one.live[0]!;
  home.prepareStackTrace = before;
  one.dispose();
  return stack;
}

describe("of a trace", () => {
  test("lines that are not frames are left out, whatever they contain", () => {
    expect(written("Error: looked at it\n    at f (x:1:1)\nsee at the end")).toBe("    at f (x:1:1)");
  });

  test("the frames of an engine that prints name@file are kept", () => {
    expect(written("f@x:1:1\n@x:2:2")).toBe("f@x:1:1\n@x:2:2");
  });

  test("that is a list of frames, each becomes a line", () => {
    expect(written(["f (x:1:1)", "g (x:2:2)"])).toBe("    at f (x:1:1)\n    at g (x:2:2)");
  });

  test("at most 100 frames are kept", () => {
    expect(written("at f\n".repeat(150)).split("\n").length).toBe(100);
  });
});

describe("of a frame", () => {
  const frame = (length: number) => `at ${"x".repeat(length - 3)}`;

  test("300 characters are kept unchanged", () => {
    expect(written(frame(300))).toBe(frame(300));
  });

  test.each([301, 600, 601])("of %i characters 299 are kept, and dots", (length) => {
    expect(written(frame(length))).toBe(`${frame(299)}…`);
  });

  test("control characters are escaped, as briefly as possible", () => {
    expect(written("at a\x07\u202eb\x9b")).toBe("at a\\x07\\u{202e}b\\x9b");
  });
});

test("a stack of any depth can be requested", () => {
  expect(written("at f", { stackDepth: Infinity })).toBe("at f");
});

test("an invalid stackDepth is an error", () => {
  expect(() => leaks(heap(), { stackDepth: -1 })).toThrow("stackDepth must be an integer of at least 0, got -1");
});
