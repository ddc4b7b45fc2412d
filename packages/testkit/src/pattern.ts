/**
 * Patterns: test data written into a block, so that foreign writes are found when the block is released.
 *
 *     byte j of the pattern of a seed = byte (j mod 4) of the word  ((seed + 1) · A + ⌊j / 4⌋ · B) mod 2 ** 32
 *
 * Every word differs from its neighbours and from those of other seeds, so bytes moved by a wrong distance are found too; fresh
 * zeroed memory never matches. Blocks that start at a multiple of 4 are written by words, at about memory speed.
 *
 * @module
 */
import type { Memory, Ptr } from "@alloc/core";

const A = 0x9e3779b1;
const B = 0x85ebca77;

/** A byte of a block that differs from its pattern. */
export interface Damage {
  /** Offset from the start of the block, in bytes. */
  readonly offset: number;
  readonly expected: number;
  readonly actual: number;
}

/** Fills a block with the pattern of a seed. */
export function fillPattern(memory: Pick<Memory, "u8" | "i32">, ptr: Ptr, bytes: number, seed: number): void {
  let done = 0;
  if (ptr % 4 === 0) {
    const words = memory.i32;
    const start = ptr / 4;
    const count = Math.floor(bytes / 4);
    let word = Math.imul(seed + 1, A);
    for (let index = 0; index < count; index++) {
      words[start + index] = word;
      word = (word + B) | 0;
    }
    done = count * 4;
  }
  const { u8 } = memory;
  for (let offset = done; offset < bytes; offset++) u8[ptr + offset] = patternByte(seed, offset);
}

/** Returns the first byte of a block that differs from the pattern, undefined if none does. */
export function findDamage(
  memory: Pick<Memory, "u8" | "i32">,
  ptr: Ptr,
  bytes: number,
  seed: number,
): Damage | undefined {
  let sound = 0;
  if (ptr % 4 === 0) {
    const words = memory.i32;
    const start = ptr / 4;
    const count = Math.floor(bytes / 4);
    let word = Math.imul(seed + 1, A);
    let index = 0;
    while (index < count && words[start + index] === word) {
      word = (word + B) | 0;
      index++;
    }
    sound = index * 4;
  }
  const { u8 } = memory;
  for (let offset = sound; offset < bytes; offset++) {
    const actual = u8[ptr + offset]!;
    const expected = patternByte(seed, offset);
    if (actual !== expected) return { offset, expected, actual };
  }
  return undefined;
}

/** Describes the damage for a report. */
export function describeDamage({ offset, expected, actual }: Damage): string {
  return `byte ${offset} is 0x${hex(actual)}, expected 0x${hex(expected)}`;
}

function patternByte(seed: number, offset: number): number {
  const word = (Math.imul(seed + 1, A) + Math.imul(offset >>> 2, B)) | 0;
  return (word >>> (8 * (offset & 3))) & 255;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
