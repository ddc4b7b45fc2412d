/**
 * GuardError: the misuse, its block, and the stacks of that block.
 *
 *     guard "nodes": wrote behind the end of #7 (24 bytes, align 8, at 65552): the byte at 65576 is 0x41
 *       it was allocated
 *         at parse (file:///app.js:12:3)
 *       it was released
 *         at close (file:///app.js:80:5)
 *
 * It is the MisuseError of the core plus the block, so code that catches one by its `code` catches both. It begins with the name
 * of the guard, if it has one; the scopes of a guard have its name.
 *
 * @module
 */
import type { Allocator, MisuseCode, MisuseError } from "@alloc/core";
import { misuseOf, nameOf } from "@alloc/core/author";
import { blockText, type LiveBlock, stackText } from "../block.ts";
import { framesOf } from "../stack.ts";
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
 * @param guard - the guard that detected it
 * @param what - what the caller did, in words; `%` stands for the block
 */
export function guardError(guard: Allocator, code: MisuseCode, what: string, entry: Entry | undefined): GuardError {
  if (entry === undefined) return misuse(guard, code, what.replace("%", "a block"), undefined);
  const block = blockOf(entry);
  const lines = [what.replace("%", blockText(block)), ...stacksOf(block, entry.ending)];
  return misuse(guard, code, lines.join("\n"), named(block, guard));
}

/** Like {@link guardError}, for a live block of another guard. */
export function foreignError(guard: Allocator, what: string, block: GuardedBlock): GuardError {
  const lines = [what.replace("%", blockText(block)), ...stacksOf(block)];
  return misuse(guard, "foreign-pointer", lines.join("\n"), block);
}

/** Returns a block in the form used by reports. */
export function blockOf({ ordinal, ptr, layout: { size, align }, allocated, ended }: Entry): GuardedBlock {
  return { ordinal, ptr, size, align, stack: framesOf(allocated), released: ended && framesOf(ended) };
}

/** Adds the name of its guard to a block, if it has one. */
export function named(block: GuardedBlock, guard: Allocator): GuardedBlock {
  const heap = nameOf(guard);
  return heap === undefined ? block : { ...block, heap };
}

function stacksOf({ stack, released }: GuardedBlock, ending?: Ending): string[] {
  const lines = ["  it was allocated", stackText(stack)];
  return released === undefined ? lines : [...lines, `  it ${ending}`, stackText(released)];
}

function misuse(guard: Allocator, code: MisuseCode, message: string, block: GuardedBlock | undefined): GuardError {
  return Object.assign(misuseOf(guard, code, message), { block });
}
