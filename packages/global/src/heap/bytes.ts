/**
 * Copying and zeroing the bytes of blocks: short ones word by word, which beats a call of the engine.
 *
 * Blocks of this heap begin at multiples of 4 and have whole words, so the word that the last byte lies in is theirs.
 *
 * @module
 */
import type { Memory, Ptr } from "@alloc/core";

/** Bytes: about here a call of the engine takes no longer than the loop. */
const FEW = 96;

/**
 * Copies the first bytes of a block to another one.
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
 * Sets the first bytes of a block to 0; all of its last word.
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
