/**
 * Print: counters as a readable table.
 *
 *     numAllocate                1,024
 *     bytesLive                 65,536
 *     requests of up to
 *            64 bytes            1,000  ████████████████████
 *           128 bytes               24  █
 *
 * @module
 */
import type { Counters } from "./counters.ts";

/** Length of the longest bar, in characters. */
const WIDTH = 40;

export function print({ numBySize, ...counts }: Counters): string {
  const most = Math.max(...Object.values(numBySize));
  const rows = Object.entries(counts).map(([name, count]) => row(name, count));
  const sizes = Object.entries(numBySize).map(([bytes, count]) => {
    const bar = "█".repeat(Math.max(1, Math.round((WIDTH * count) / most)));
    return `${row(`${digits(Number(bytes)).padStart(13)} bytes`, count)}  ${bar}`;
  });
  return [...rows, ...(sizes.length === 0 ? [] : ["requests of up to"]), ...sizes].join("\n");
}

function row(label: string, count: number): string {
  return `${label.padEnd(19)} ${digits(count).padStart(22)}`;
}

export function digits(count: number): string {
  return count.toLocaleString("en-US");
}
