/**
 * Tally: how much of a check was done, and who is told of it.
 *
 * @module
 */

/** What the programs of one check share. */
export class Tally {
  /** Steps run, requests that were served, and those answered with NULL. */
  operations = 0;
  served = 0;
  refused = 0;
  /** How often the memory may still be made to grow: what is added so is lost to everyone. */
  growths = 16;
  readonly onCall: ((line: string) => void) | undefined;

  constructor(onCall?: (line: string) => void) {
    this.onCall = onCall;
  }
}
