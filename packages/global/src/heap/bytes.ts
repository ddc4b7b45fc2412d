/**
 * Copying and zeroing bytes of blocks: short ones word by word, which is faster than a call of the engine.
 *
 * Blocks of this heap start at multiples of 4 and consist of whole words, so the word of their last byte belongs to them.
 *
 * @module
 */
import type { Memory, Ptr } from "@alloc/core";

/** Bytes above which a call of the engine is as fast as the loop. */
const FEW = 96;

/**
 * Copies the first bytes of a block to another block.
 *
 * @throws `MisuseError` with code `out-of-bounds` if the memory has become shorter than that
 */
export function copyBytes(memory: Memory, to: Ptr, from: Ptr, bytes: number): void {
  if (bytes > FEW || !memory.hasBytes) memory.copy(to, from, bytes);
  else {
    const { i32 } = memory;
    const end = (from + bytes + 3) >>> 2;
    if (end > i32.length || (to + bytes + 3) >>> 2 > i32.length) memory.copy(to, from, bytes);
    else for (let source = from >>> 2, target = to >>> 2; source < end; ) i32[target++] = i32[source++]!;
  }
}

/**
 * Zeroes the first bytes of a block, up to the end of a word.
 *
 * @throws `MisuseError` with code `out-of-bounds` if the memory has become shorter than that
 */
export function zeroBytes(memory: Memory, ptr: Ptr, bytes: number): void {
  if (bytes > FEW || !memory.hasBytes) memory.fill(ptr, bytes);
  else {
    const { i32 } = memory;
    const end = (ptr + bytes + 3) >>> 2;
    if (end > i32.length) memory.fill(ptr, bytes);
    else for (let word = ptr >>> 2; word < end; word++) i32[word] = 0;
  }
}
