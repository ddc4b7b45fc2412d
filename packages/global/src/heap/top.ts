/**
 * The words that tell where the newest chunk of the heap ends.
 *
 * @module
 */

/** The granule behind the last extent; 0 if there is no newest chunk. */
export const TOP = 0;
/** The granule behind the chunk; 0 if there is no newest chunk. */
export const LIMIT = 1;
/** The last extent; 0 if there is none. */
export const LAST = 2;
