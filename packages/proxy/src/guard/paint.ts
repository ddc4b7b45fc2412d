/**
 * Paint: the bytes that a guard writes where nobody else may, so that it can see who did.
 *
 *     live     │fd fd fd fd│aa aa aa aa aa aa aa aa│fd fd fd fd│      aa: fresh, until the owner writes
 *     dead     │dd dd dd dd│dd dd dd dd dd dd dd dd│dd dd dd dd│      fd: nobody's
 *              base        ptr                     ptr + size  base + room
 *
 * No byte is 0, and none is the start of a likely text, number or small address. Values that are read from fresh or dead
 * bytes are odd ones: 0xaaaaaaaa, 0xdddddddd.
 *
 * Source: the fills of Zig (0xaa), foonathan/memory and the debug heap of Microsoft's C (0xfd, 0xdd).
 *
 * @module
 */
import type { Memory } from "@alloc/core";
import { type GuardError, guardError } from "./guard-error.ts";
import type { Held } from "./held.ts";

const FRESH = 0xaa;
const DEAD = 0xdd;
const ZONE = 0xfd;

/** Fills the bytes of a block from an offset on that it has not had before. */
export function paintFresh(memory: Memory, { ptr, layout: { size } }: Held, from: number): void {
  if (memory.hasBytes && from < size) fill(memory, FRESH, ptr + from, ptr + size);
}

/** Fills what lies around a live block. */
export function paintZones(memory: Memory, held: Held): void {
  if (memory.hasBytes) for (const [from, to] of zonesOf(held)) fill(memory, ZONE, from, to);
}

/** Fills a block that has ended, and what lies around it. */
export function paintDead(memory: Memory, { base, room }: Held): void {
  if (memory.hasBytes) fill(memory, DEAD, base, base + room);
}

/** Answers an error if somebody wrote before or behind a live block. It is told once: the zones are painted anew. */
export function findOverflow(memory: Memory, held: Held): GuardError | undefined {
  for (const [from, to, side] of zonesOf(held)) {
    const at = find(memory, ZONE, from, to);
    if (at < 0) continue;
    const error = guardError("overflow", `wrote ${side} of %: ${wrote(memory, at)}`, held);
    paintZones(memory, held);
    return error;
  }
  return undefined;
}

/**
 * Returns an error if somebody wrote into a block that has ended.
 *
 * @param isTold - whether it is told now, and then not again: the block is painted anew
 */
export function findLateWrite(memory: Memory, held: Held, isTold = true): GuardError | undefined {
  const { base, room } = held;
  const at = find(memory, DEAD, base, base + room);
  if (at < 0) return undefined;
  const error = guardError("write-after-free", `wrote into % after it ${held.ending}: ${wrote(memory, at)}`, held);
  if (isTold) paintDead(memory, held);
  return error;
}

function zonesOf({ base, ptr, layout: { size }, room }: Held): [from: number, to: number, side: string][] {
  return [
    [base, ptr, "before the start"],
    [ptr + size, base + room, "behind the end"],
  ];
}

function fill(memory: Memory, byte: number, from: number, to: number): void {
  memory.u8.fill(byte, from, to);
}

/** Answers the first address from one up to another whose byte is another one, −1 if there is none. */
function find(memory: Memory, byte: number, from: number, to: number): number {
  if (!memory.hasBytes) return -1;
  const { u8, u32 } = memory;
  const word = byte * 0x01010101;
  let at = from;
  while (at < to && u8[at] === byte) {
    at++;
    // A quarantine is read as a whole by every `check`: four bytes at a time, as long as they are right.
    if (at % 4 === 0) while (at < to && u32[at / 4] === word) at += 4;
  }
  return at < to ? at : -1;
}

function wrote(memory: Memory, at: number): string {
  return `the byte at ${at} is 0x${memory.u8[at]!.toString(16).padStart(2, "0")}`;
}
