/**
 * A loop of `bench engines`: passes that each return the same sum.
 *
 * @module
 */

/** A loop of one contender, ready to run. */
export interface Loop {
  /** Operations of a pass. */
  readonly operations: number;
  /** What each pass must return. */
  readonly sum: number;
  pass(): number;
}

/** Loops by name, and by contender; the first contender is the plain one. */
export type Loops = Readonly<Record<string, Readonly<Record<string, () => Loop>>>>;
