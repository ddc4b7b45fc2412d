/**
 * Bounds: checks of addresses and ranges.
 *
 *     0        base                           byteLength
 *     ├─ NULL ─┤├──── existing bytes ──────────┤        anything else is out of bounds
 *
 * @module
 */
import { isAligned } from "../base/align.ts";
import { ArgumentError, bytesText, MisuseError, shown } from "../base/errors.ts";
import { NULL } from "../values/ptr.ts";
import { growPages, type Source } from "./buffers.ts";
import { type ArrayType, nameOfView } from "./views.ts";

/** The most bytes of a memory. */
export const LIMIT = 2 ** 32;

/** The bounds of a memory, and how they are renewed. */
interface Bounds {
  readonly base: number;
  readonly byteLength: number;
  readonly shared: boolean;
  readonly growsSilently: boolean;
  readonly source: Source;
}

/**
 * Whether a memory is longer than this thread has seen: another one has grown it. An engine may tell late, but at the latest when the
 * thread grows the memory itself, if only by nothing.
 */
export function isLonger(memory: Bounds): boolean {
  const { source, byteLength } = memory;
  if (!memory.shared || !memory.growsSilently) return false;
  if ("buffer" in source!) growPages(source, 0);
  return memory.byteLength > byteLength;
}

/** Throws unless `bytes` bytes from `start` on lie in the memory. */
export function checkRange(memory: Bounds, start: number, bytes: number): void {
  const { base, byteLength: end } = memory;
  const isRange = Number.isInteger(start) && Number.isInteger(bytes) && bytes >= 0;
  if (isRange && start >= base && start + bytes <= end) return;
  if (isLonger(memory)) checkRange(memory, start, bytes);
  else {
    throw new MisuseError(
      "out-of-bounds",
      `${bytesText(bytes)} at ${shown(start)} ${bytes === 1 ? "does" : "do"} not lie in a memory ${base === 0 ? `of ${bytesText(end)}` : `from ${base} to ${end}`}`,
    );
  }
}

/** Throws unless `count` elements from `ptr` on lie in the memory and are aligned. */
export function checkElements(memory: Bounds, Type: ArrayType, ptr: number, count: number): void {
  const size = Type?.BYTES_PER_ELEMENT;
  if (size === undefined) nameOfView(Type);
  // For no elements the address may be a dangling one, which lies in no memory.
  const isNothing = count === 0 && Number.isInteger(ptr) && ptr >= 0 && ptr <= 2 ** 32;
  if (!isNothing) checkRange(memory, ptr, Number.isInteger(count) ? count * size : NaN);
  if (isAligned(ptr, size)) return;
  throw new MisuseError(
    "misaligned",
    `${Type.name} needs a multiple of ${size} as its address, got ${ptr}: allocate with an align of ${size}`,
  );
}

export function refuseNull(address: number): void {
  if (address === NULL) throw new MisuseError("out-of-bounds", "an address must not be NULL");
}

export function asText(text: unknown): string {
  if (typeof text === "string") return text;
  throw new ArgumentError(`encode expects a text, got ${shown(text)}`);
}

export function noBytes(): never {
  throw new MisuseError(
    "no-bytes",
    "this memory has no bytes: use ptr - base as an offset, or pass copy and fill to Memory.virtual",
  );
}

/** Returns `count` if it is an integer from `least` to `most`; otherwise throws. */
export function checkWhole(name: string, count: number, least: number, most: number = LIMIT, unit = "bytes"): number {
  if (Number.isInteger(count) && count >= least && count <= most) return count;
  throw new ArgumentError(`${name} must be an integer from ${least} to ${most} ${unit}, got ${shown(count)}`);
}
