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

/** Copies the first bytes of a block to another one. */
export function copyBytes(memory: Memory, to: Ptr, from: Ptr, bytes: number): void {
  if (!memory.hasBytes) memory.copy(to, from, bytes);
  else if (bytes > FEW) memory.u8.copyWithin(to, from, from + bytes);
  else {
    const { i32 } = memory;
    const end = (from + bytes + 3) >>> 2;
    for (let source = from >>> 2, target = to >>> 2; source < end; ) i32[target++] = i32[source++]!;
  }
}

/** Sets the first bytes of a block to 0; all of its last word. */
export function zeroBytes(memory: Memory, ptr: Ptr, bytes: number): void {
  if (!memory.hasBytes) memory.fill(ptr, bytes);
  else if (bytes > FEW) memory.u8.fill(0, ptr, ptr + bytes);
  else {
    const { i32 } = memory;
    const end = (ptr + bytes + 3) >>> 2;
    for (let word = ptr >>> 2; word < end; word++) i32[word] = 0;
  }
}
