/**
 * LeakError: a report of the blocks that are still live, grouped by the place of their allocation.
 *
 *     3 blocks of 168 bytes are still live
 *
 *     2 blocks of 128 bytes: #1 (64 bytes, align 8, at 65536), #3 (64 bytes, align 8, at 65640)
 *         at parse (file:///app.js:12:3)
 *
 *     1 block of 40 bytes: #2 (40 bytes, align 8, at 65600)
 *         at load (file:///app.js:40:8)
 *
 * A thousand blocks from one loop are one fault: one stack. The stack with the most bytes comes first. The length is bounded,
 * however much has leaked; `blocks` has all.
 *
 * @module
 */
import { bytesText } from "@alloc/core/author";
import { blockText, type LiveBlock, stackText } from "../block.ts";

/** Maximum stacks in a report, and blocks listed per stack. */
const MOST_STACKS = 10;
const MOST_BLOCKS = 4;

/** Thrown if blocks are live that should not be. Recognise it by its `name` and `code`. */
export class LeakError extends Error {
  /** Always `"LeakError"`. */
  override readonly name: "LeakError";
  /** Always `"leak"`. */
  readonly code: "leak";
  /** All leaked blocks, the oldest first. */
  readonly blocks: readonly LiveBlock[];

  constructor(blocks: readonly LiveBlock[]) {
    super(report(blocks));
    this.name = "LeakError";
    this.code = "leak";
    this.blocks = blocks;
  }
}

function report(blocks: readonly LiveBlock[]): string {
  const groups = new Map<string, LiveBlock[]>();
  for (const block of blocks) {
    const group = groups.get(block.stack);
    if (group === undefined) groups.set(block.stack, [block]);
    else group.push(block);
  }
  const sorted = [...groups.values()].sort((a, b) => bytesOf(b) - bytesOf(a));
  const rest = sorted.slice(MOST_STACKS).flat();
  const more = rest.length === 0 ? [] : [`and ${sum(rest)} from ${sorted.length - MOST_STACKS} other places`];
  const title = `${sum(blocks)} ${blocks.length === 1 ? "is" : "are"} still live`;
  return [title, ...sorted.slice(0, MOST_STACKS).map(paragraph), ...more].join("\n\n");
}

/** Formats the blocks allocated at one place. */
function paragraph(blocks: readonly LiveBlock[]): string {
  const named = blocks.slice(0, MOST_BLOCKS).map(blockText);
  const dots = blocks.length > MOST_BLOCKS ? ", …" : "";
  return `${sum(blocks)}: ${named.join(", ")}${dots}\n${stackText(blocks[0]!.stack)}`;
}

function sum(blocks: readonly LiveBlock[]): string {
  return `${blocks.length} block${blocks.length === 1 ? "" : "s"} of ${bytesText(bytesOf(blocks))}`;
}

function bytesOf(blocks: readonly LiveBlock[]): number {
  return blocks.reduce((bytes, { size }) => bytes + size, 0);
}
