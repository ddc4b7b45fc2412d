/** The text of reports with stacks, and where it is cut. */
import { LeakError, type LiveBlock, stats } from "@alloc/proxy";
import { expect, test } from "vitest";
import { heap } from "./support/fixtures.ts";

const frame = (index: number) => `    at f${index} (file:///app.js:${index}:1)`;
const stackOf = (depth: number) => Array.from({ length: depth }, (_, index) => frame(index)).join("\n");
const blockOf = (ordinal: number, stack: string, size = 8) =>
  ({ ordinal, ptr: 65536, size, align: 8, stack }) as LiveBlock;

test("a stack of 20 frames is printed in full", () => {
  const { message } = new LeakError([blockOf(1, stackOf(20))]);
  expect(message.endsWith(`\n${stackOf(20)}`)).toBe(true);
});

test("of a longer stack the first 20 frames are printed, and the number of the others", () => {
  const { message } = new LeakError([blockOf(1, stackOf(25))]);
  expect(message.endsWith(`\n${stackOf(20)}\n    … and 5 more`)).toBe(true);
});

test("up to 4 blocks of one place are named, of more the first 4 and dots", () => {
  const lineOf = (count: number) =>
    new LeakError(Array.from({ length: count }, (_, index) => blockOf(index + 1, frame(1)))).message.split("\n")[2]!;
  const named = (count: number) =>
    Array.from({ length: count }, (_, index) => `#${index + 1} (8 bytes, align 8, at 65536)`).join(", ");
  expect(lineOf(4)).toBe(`4 blocks of 32 bytes: ${named(4)}`);
  expect(lineOf(5)).toBe(`5 blocks of 40 bytes: ${named(4)}, …`);
});

test("of 12 places the 10 with most bytes are printed, and the sum of the others", () => {
  const blocks = Array.from({ length: 12 }, (_, index) => blockOf(index + 1, frame(index), 1 + index));
  const paragraphs = new LeakError(blocks).message.split("\n\n");
  expect(paragraphs.length).toBe(12);
  expect(paragraphs[1]!.startsWith("1 block of 12 bytes: #12 ")).toBe(true);
  expect(paragraphs.at(-1)).toBe("and 2 blocks of 3 bytes from 2 other places");
});

test("of 10 places all are printed, and nothing more", () => {
  const blocks = Array.from({ length: 10 }, (_, index) => blockOf(index + 1, frame(index)));
  const paragraphs = new LeakError(blocks).message.split("\n\n");
  expect(paragraphs.length).toBe(11);
  expect(paragraphs.at(-1)!.startsWith("1 block of 8 bytes: #10 ")).toBe(true);
});

test("a block of a heap with a name is printed with it, any other without", () => {
  const { message } = new LeakError([{ ...blockOf(1, ""), heap: 'the "first"' }]);
  expect(message).toContain(`#1 of ${JSON.stringify('the "first"')} (8 bytes`);
  expect(new LeakError([blockOf(1, "")]).message).toContain("#1 (8 bytes");
});

test("counters without requests have no line for sizes", () => {
  const { numBySize, ...counts } = stats(heap()).counters;
  expect(numBySize).toEqual({});
  expect(String(stats(heap())).split("\n").length).toBe(Object.keys(counts).length);
});
