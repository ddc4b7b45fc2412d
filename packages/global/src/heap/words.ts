/**
 * Words: the one array in which the extents keep all that they know, and who has which words of it.
 *
 *     0         2           7      8           10     11            75          101          504
 *     │ records │ top       │ last │ directory │ parked: sum, heads │ bins: maps │ bins: heads │ records …
 *
 * One array, so that there is one to widen, to post and to attach, and a call that passes several layers reads through one. It is
 * replaced by a longer one when there are more records, so nobody keeps it over a call that may make one.
 *
 * @module
 */

/** Records: the first dropped one, and the end of those in use. */
export const DROPPED = 0;
export const END = 1;

/** Top: the granule behind the last extent, and that behind the newest chunk; 0 if there is none. */
export const TOP = 2;
export const LIMIT = 3;
/** Top: granules up to the top of the newest chunk, and all of the others; and the most so far. */
export const HELD = 4;
export const HIGH = 5;
/** Top: the most that was held when all that was kept back was given up last. */
export const PRESSED = 6;

/** Extents: the last one of the newest chunk; 0 if there is none. */
export const LAST = 7;

/** Directory: what makes the index of an entry from its number, and how many entries are in use so far. */
export const SHIFT = 8;
export const ENTRIES = 9;

/** Parked: granules that are, and the first of each list. */
export const PARKED_SUM = 10;
export const PARKED_HEADS = 11;
export const PARKED_LOG = 6;

/** Bins: the octaves that are not empty; those of an octave that are not; and the first extent of each. */
export const OCTAVE_MAP = PARKED_HEADS + 2 ** PARKED_LOG;
export const BIN_MAPS = OCTAVE_MAP + 1;
/** Bins to an octave, as a logarithm. Sizes are granules of 16 bytes below 4 GiB: less than 2 ** 28. */
export const BINS_LOG = 4;
export const OCTAVES = 28 - BINS_LOG + 1;
export const BIN_HEADS = BIN_MAPS + OCTAVES;

/** Words of a record, as a logarithm. */
export const RECORD = 3;
/** The first record: at a multiple of the words of one, so that `record >>> RECORD` is its number. */
export const FIRST = (BIN_HEADS + OCTAVES * 2 ** BINS_LOG + 2 ** RECORD - 1) & -(2 ** RECORD);
