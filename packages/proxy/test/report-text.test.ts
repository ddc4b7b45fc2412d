/** What the reports of stacks say, and where they are cut. */
import { LeakError, type LiveBlock } from "@alloc/proxy";
import { expect, test } from "vitest";

const frame = (index: number) => `    at f${index} (file:///app.js:${index}:1)`;
const stackOf = (depth: number) => Array.from({ length: depth }, (_, index) => frame(index)).join("\n");
const blockOf = (ordinal: number, stack: string, size = 8) =>
  ({ ordinal, ptr: 65536, size, align: 8, stack }) as LiveBlock;

test("a stack of 20 frames is written as it is", () => {
  const { message } = new LeakError([blockOf(1, stackOf(20))]);
  expect(message.endsWith(`\n${stackOf(20)}`)).toBe(true);
});

test("of a longer stack the first 20 frames are written, and how many more there are", () => {
  const { message } = new LeakError([blockOf(1, stackOf(25))]);
  expect(message.endsWith(`\n${stackOf(20)}\n    … and 5 more`)).toBe(true);
});
