/**
 * GuardError: what was done wrong, to which block, and who had it when.
 *
 *     wrote behind the end of #7 (24 bytes, align 8, at 65552): the byte at 65576 is 0x41
 *       it was allocated
 *         at parse (file:///app.js:12:3)
 *       it was released
 *         at close (file:///app.js:80:5)
 *
 * It is the MisuseError of the core with the block beside it, so who catches one by its `code` catches both.
 *
 * @module
 */
import { type MisuseCode, MisuseError } from "@alloc/core";
import { blockText, type LiveBlock, stackText } from "../block.ts";
import type { Ending, Held } from "./held.ts";

/** A block as the report of a misuse names it: `stack` is that of its allocation. */
export interface GuardedBlock extends LiveBlock {
  /** Where it was released, or its scope ended; undefined if it is live. */
  readonly released: string | undefined;
}

/** The `MisuseError` of a guard. */
export interface GuardError extends MisuseError {
  /**
   * The block that was misused; of a foreign pointer the block of another guard that starts there, or the live one nearest to it, if
   * there is any.
   */
  readonly block: GuardedBlock | undefined;
}

/**
 * Makes the error of a misuse.
 *
 * @param what - what the caller did, in words; the name of the block stands for `%`
 */
export function guardError(code: MisuseCode, what: string, held: Held | undefined): GuardError {
  if (held === undefined) return misuse(code, what.replace("%", "a block"), undefined);
  return errorOf(code, what, blockOf(held), held.ending);
}

/** As {@link guardError}, of a block of another guard. */
export function errorOf(code: MisuseCode, what: string, block: GuardedBlock, ending?: Ending): GuardError {
  const lines = [what.replace("%", blockText(block)), "  it was allocated", stackText(block.stack)];
  if (block.released !== undefined) lines.push(`  it ${ending}`, stackText(block.released));
  return misuse(code, lines.join("\n"), block);
}

/** Returns a block as a report names it. */
export function blockOf({ ordinal, ptr, layout: { size, align }, allocated, ended }: Held): GuardedBlock {
  return { ordinal, ptr, size, align, stack: allocated.text, released: ended?.text };
}

function misuse(code: MisuseCode, message: string, block: GuardedBlock | undefined): GuardError {
  return Object.assign(new MisuseError(code, message), { block });
}
