/**
 * Granules: the unit in which a root hands out its memory, and whether there is room for one.
 *
 *     memory     64 KiB   256 KiB   1 MiB   16 MiB …  4 GiB
 *     granule    16 B     64 B      256 B   4 KiB     4 KiB
 *
 * @module
 */
import { bytesText, MisuseError } from "../base/errors.ts";
import { FIRST, type Memory } from "../memory/memory.ts";

/** Approximate granules per memory, and the logarithms of the least and most bytes of a granule. */
const GRANULES = 4096;
const LEAST_LOG = 4;
const MOST_LOG = 12;
/**
 * Nothing is handed out from here on: blocks of size 0 have these addresses. The end of a block is an address, too: none wraps.
 */
export const LAST = 2 ** 32 - 65536;

/** The part of a root that is checked here. */
interface Room {
  readonly admitted: { readonly count: number };
  readonly granule: number;
  readonly end: number;
}

/** Returns the bytes of a granule, a power of two. */
export function granuleOf(memory: Memory): number {
  // A shift, because engines would keep a power as a double, and with it every address computed from it.
  return 1 << Math.min(MOST_LOG, Math.max(LEAST_LOG, Math.floor(Math.log2(memory.extent / GRANULES))));
}

/** Throws if a root has nothing to hand out and its memory cannot grow. */
export function requireRoom({ admitted, granule, end }: Room, { from, to, byteLength, maximum }: Memory): void {
  const canGrow = byteLength < maximum && (end + 1) * granule <= Math.min(maximum, LAST);
  if (admitted.count !== 0 || canGrow) return;
  throw new MisuseError(
    "too-small",
    `this memory can never serve a block: it offers ${bytesText(to - from)} from ${from} to ${to}, and blocks take multiples of ${granule} bytes from address ${FIRST} on; give it at least ${FIRST + granule} bytes`,
  );
}
