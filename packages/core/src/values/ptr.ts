/**
 * Addresses: byte offsets into one memory, unsigned, below 4 GiB.
 *
 *     0      16                                    2 ** 32 - 65536               2 ** 32
 *     ├ NULL ┤├──────────── blocks ───────────────┤├─ dangling: blocks of size 0 ─┤
 *
 * An address is a plain number, so it costs nothing to pass; only the compiler knows the brand. NULL is a return value, not an
 * error, so a chain can ask its next member.
 *
 * @module
 */

/** The type of {@link NULL}. */
export type Null = 0;

/** Returned by an allocator that has no room. Never inside a block. */
export const NULL: Null = 0;

/**
 * The address of a block: an integer from 16 to 2 ** 32 − 65537, in bytes from the start of the memory.
 *
 * Branded by a string key, so that two copies of this package agree. `Memory.toPtr` makes one from a number.
 */
export type Ptr = number & {
  /** The brand: no such property exists at run time. */
  readonly "@alloc/Ptr": true;
};
