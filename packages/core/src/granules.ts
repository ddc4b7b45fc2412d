/**
 * Granules: by what a root hands its memory out, and whether it ever can.
 *
 *     memory     64 KiB   256 KiB   1 MiB   16 MiB …  4 GiB
 *     granule    16 B     64 B      256 B   4 KiB     4 KiB
 *
 * @module
 */
import { MisuseError } from "./errors.ts";
import { FIRST, type Memory } from "./memory.ts";

/** Granules that a memory has, about; and their least and most bytes, as logarithms. */
const GRANULES = 4096;
const LEAST_LOG = 4;
const MOST_LOG = 12;
/** Never handed out from here on: the blocks of size 0 lie here. And the end of a block is an address too, so nothing wraps. */
export const LAST = 2 ** 32 - 65536;

/** What a root has. */
interface Room {
  readonly admitted: { readonly count: number };
  readonly granule: number;
  readonly end: number;
}

/** Returns the bytes of a granule: a power of two. */
export function granuleOf(memory: Memory): number {
  // A shift, since engines keep a capability as a double, and with it every address that is computed of it.
  return 1 << Math.min(MOST_LOG, Math.max(LEAST_LOG, Math.floor(Math.log2(memory.extent / GRANULES))));
}

/** Throws where a root has nothing to hand out, and its memory cannot grow. */
export function requireRoom({ admitted, granule, end }: Room, { from, to, byteLength, maximum }: Memory): void {
  const canGrow = byteLength < maximum && (end + 1) * granule <= Math.min(maximum, LAST);
  if (admitted.count !== 0 || canGrow) return;
  throw new MisuseError(
    "too-small",
    `this memory can never serve a block: ${to - from} bytes from ${from} to ${to} may be handed out, of which blocks take multiples of ${granule} bytes from address ${FIRST} on; give it at least ${FIRST + granule} bytes`,
  );
}
