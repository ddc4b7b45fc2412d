/**
 * Options: how many members a cascade may have, and whether threads share them.
 *
 *     cascade(make)                                        as many as there is room for; once threads share the memory, those that are there
 *     cascade(make, { most: 64 })                          up to 64
 *     cascade(make, { most: 64, kinds: [freeListKind] })   up to 64, also once threads share the memory
 *
 * @module
 */
import { ArgumentError, type NameOption } from "@alloc/core";
import { type Kind, shown } from "@alloc/core/author";

/** Options of {@link cascade}. */
export interface CascadeOptions extends NameOption {
  /** The most members at once. Default: as many as there is room for. */
  readonly most?: number;
  /** The kinds of the members, with which threads make those of the others. Default: none */
  readonly kinds?: readonly Kind[];
}

/** Throws unless the options bound the number of members where they must. */
export function requireMost({ most, kinds }: CascadeOptions): void {
  if (kinds !== undefined && !Array.isArray(kinds))
    throw new ArgumentError(`cascade expects an array as kinds, got ${shown(kinds)}: write { kinds: [freeListKind] }`);
  if (kinds === undefined ? most === undefined || isMost(most) : isMost(most)) return;
  throw new ArgumentError(`cascade expects an integer from 1 as most, got ${shown(most)}: write { most: 64 }`);
}

function isMost(most: unknown): boolean {
  return Number.isInteger(most) && (most as number) > 0 && (most as number) < 2 ** 24;
}
