/**
 * Fills: the bytes that a guard writes outside live data, so that it can detect foreign writes.
 *
 *     live     │fd fd fd fd│aa aa aa aa aa aa aa aa│fd fd fd fd│      aa: fresh, until the owner writes
 *     dead     │dd dd dd dd│dd dd dd dd dd dd dd dd│dd dd dd dd│      fd: red zone
 *              base        ptr                     ptr + size  base + room
 *
 * No fill is 0 or likely to start a text, number or small address. Values read from fresh or dead bytes look odd: 0xaaaaaaaa,
 * 0xdddddddd.
 *
 * Source: the fills of Zig (0xaa), foonathan/memory and the debug heap of Microsoft's C (0xfd, 0xdd).
 *
 * @module
 */
import type { Allocator, Memory } from "@alloc/core";
import type { Entry } from "./entry.ts";
import { type GuardError, guardError } from "./guard-error.ts";

const FRESH = 0xaa;
const DEAD = 0xdd;
const ZONE = 0xfd;

/** Fills the new bytes of a block, from an offset to its end. */
export function fillFresh(memory: Memory, { ptr, layout: { size } }: Entry, from: number): void {
  if (memory.hasBytes) fill(memory, FRESH, ptr + from, ptr + size);
}

/** Fills the red zones of a live block. */
export function fillZones(memory: Memory, entry: Entry): void {
  if (!memory.hasBytes) return;
  const { base, ptr, room } = entry;
  fill(memory, ZONE, base, ptr);
  fill(memory, ZONE, ptr + entry.layout.size, base + room);
}

/** Fills a block that has ended, and its red zones. */
export function fillDead(memory: Memory, { base, room }: Entry): void {
  if (memory.hasBytes) fill(memory, DEAD, base, base + room);
}

/** Returns an error if the red zones of a live block were written to. It is reported once: the zones are refilled. */
export function findOverflow(guard: Allocator, entry: Entry): GuardError | undefined {
  const { memory } = guard;
  const { base, ptr, room } = entry;
  const before = find(memory, ZONE, base, ptr);
  const at = before < 0 ? find(memory, ZONE, ptr + entry.layout.size, base + room) : before;
  if (at < 0) return undefined;
  const side = at < ptr ? "before the start" : "behind the end";
  const error = guardError(guard, "overflow", `wrote ${side} of %: ${wrote(memory, at)}`, entry);
  fillZones(memory, entry);
  return error;
}

/**
 * Returns an error if a block was written to after it ended.
 *
 * @param isReported - whether the error is reported now, and not again: the block is refilled
 */
export function findLateWrite(guard: Allocator, entry: Entry, isReported = true): GuardError | undefined {
  const { memory } = guard;
  const { base, room } = entry;
  const at = find(memory, DEAD, base, base + room);
  if (at < 0) return undefined;
  const what = `wrote into % after it ${entry.ending}: ${wrote(memory, at)}`;
  const error = guardError(guard, "write-after-free", what, entry);
  if (isReported) fillDead(memory, entry);
  return error;
}

function fill(memory: Memory, byte: number, from: number, to: number): void {
  memory.u8.fill(byte, from, to);
}

/** Returns the first address in a range whose byte differs, −1 if there is none. */
function find(memory: Memory, byte: number, from: number, to: number): number {
  if (!memory.hasBytes) return -1;
  const { u8, u32 } = memory;
  const word = byte * 0x01010101;
  let at = from;
  while (at < to && u8[at] === byte) {
    at++;
    // Every `check` reads the whole quarantine, so this compares four bytes at a time.
    if (at % 4 === 0) while (at < to && u32[at / 4] === word) at += 4;
  }
  return at < to ? at : -1;
}

function wrote(memory: Memory, at: number): string {
  return `the byte at ${at} is 0x${memory.u8[at]!.toString(16).padStart(2, "0")}`;
}
