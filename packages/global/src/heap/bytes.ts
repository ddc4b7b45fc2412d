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

/** Copies the first bytes of a block to another block. */
export function copyBytes(memory: Memory, to: Ptr, from: Ptr, bytes: number): void {
  if (!memory.hasBytes) memory.copy(to, from, bytes);
  else if (bytes > FEW) memory.u8.copyWithin(to, from, from + bytes);
  else {
    const { i32 } = memory;
    const end = (from + bytes + 3) >>> 2;
    for (let source = from >>> 2, target = to >>> 2; source < end; ) i32[target++] = i32[source++]!;
  }
}

/** Zeroes the first bytes of a block, up to the end of a word. */
export function zeroBytes(memory: Memory, ptr: Ptr, bytes: number): void {
  if (!memory.hasBytes) memory.fill(ptr, bytes);
  else if (bytes > FEW) memory.u8.fill(0, ptr, ptr + bytes);
  else {
    const { i32 } = memory;
    const end = (ptr + bytes + 3) >>> 2;
    for (let word = ptr >>> 2; word < end; word++) i32[word] = 0;
  }
}
