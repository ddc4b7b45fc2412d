/**
 * GuardError: the misuse, its block, and the stacks of that block.
 *
 *     wrote behind the end of #7 (24 bytes, align 8, at 65552): the byte at 65576 is 0x41
 *       it was allocated
 *         at parse (file:///app.js:12:3)
 *       it was released
 *         at close (file:///app.js:80:5)
 *
 * It is the MisuseError of the core plus the block, so code that catches one by its `code` catches both.
 *
 * @module
 */
import { type MisuseCode, MisuseError } from "@alloc/core";
import { blockText, type LiveBlock, stackText } from "../block.ts";
import type { Ending, Entry } from "./entry.ts";

/** A block in the report of a misuse. `stack` is that of its allocation. */
export interface GuardedBlock extends LiveBlock {
  /** The stack of its release or of the end of its scope; undefined if it is live. */
  readonly released: string | undefined;
}

/** The `MisuseError` of a guard. */
export interface GuardError extends MisuseError {
  /**
   * The misused block. For a foreign pointer: the block of another guard that starts there, or the nearest live block, if there
   * is any.
   */
  readonly block: GuardedBlock | undefined;
}

/**
 * Creates the error for a misuse.
 *
 * @param what - what the caller did, in words; `%` stands for the name of the block
 */
export function guardError(code: MisuseCode, what: string, entry: Entry | undefined): GuardError {
  if (entry === undefined) return misuse(code, what.replace("%", "a block"), undefined);
  return errorOf(code, what, blockOf(entry), entry.ending);
}

/** Like {@link guardError}, for a block of another guard. */
export function errorOf(code: MisuseCode, what: string, block: GuardedBlock, ending?: Ending): GuardError {
  const lines = [what.replace("%", blockText(block)), "  it was allocated", stackText(block.stack)];
  if (block.released !== undefined) lines.push(`  it ${ending}`, stackText(block.released));
  return misuse(code, lines.join("\n"), block);
}

/** Returns a block in the form used by reports. */
export function blockOf({ ordinal, ptr, layout: { size, align }, allocated, ended }: Entry): GuardedBlock {
  return { ordinal, ptr, size, align, stack: allocated.text, released: ended?.text };
}

function misuse(code: MisuseCode, message: string, block: GuardedBlock | undefined): GuardError {
  return Object.assign(new MisuseError(code, message), { block });
}
