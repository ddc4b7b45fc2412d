/**
 * Words: the one array with the state of the extents, and the layout of its parts.
 *
 *     0         2           9      10          12     13            77          103          504
 *     │ records │ top       │ last │ directory │ parked: sum, heads │ bins: maps │ bins: heads │ records …
 *
 * One array is easier to widen, to post and to attach, and a call through several layers reads a single array. A longer one
 * replaces it when records are added, so do not keep it across a call that may add one.
 *
 * @module
 */

/** Records: the first dropped record, and the end of the records in use. */
export const DROPPED = 0;
export const END = 1;

/** Top: the end of the last extent, and of the newest chunk; 0 if there is none. */
export const TOP = 2;
export const LIMIT = 3;
/** Top: granules up to the top of the newest chunk plus all older chunks; and their high-water mark. */
export const HELD = 4;
export const HIGH = 5;
/** Top: the high-water mark when all caches were last emptied. */
export const PRESSED = 6;

/** Top: the high-water mark when the kept bytes were last counted, and the least that was counted since all caches were emptied. */
export const COUNTED = 7;
export const KEPT = 8;

/** Extents: the last one of the newest chunk; 0 if there is none. */
export const LAST = 9;

/** Directory: the offset from the number of an entry to its index, and the number of entries in use. */
export const SHIFT = 10;
export const ENTRIES = 11;

/** Parked: the sum of their granules, and the first block of each list. */
export const PARKED_SUM = 12;
export const PARKED_HEADS = 13;
export const PARKED_LOG = 6;

/** Bins: the map of octaves that are not empty; the map of bins for each octave; and the first extent of each bin. */
export const OCTAVE_MAP = PARKED_HEADS + 2 ** PARKED_LOG;
export const BIN_MAPS = OCTAVE_MAP + 1;
/** Bins per octave, as a logarithm. Sizes are granules of 16 bytes below 4 GiB: less than 2 ** 28. */
export const BINS_LOG = 4;
export const OCTAVES = 28 - BINS_LOG + 1;
export const BIN_HEADS = BIN_MAPS + OCTAVES;

/** Words of a record, as a logarithm. */
export const RECORD = 3;
/** The first record, at a multiple of the length of a record, so that `record >>> RECORD` is its number. */
export const FIRST = (BIN_HEADS + OCTAVES * 2 ** BINS_LOG + 2 ** RECORD - 1) & -(2 ** RECORD);
