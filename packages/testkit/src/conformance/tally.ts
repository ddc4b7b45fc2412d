/**
 * Tally: how much was done, how often the memory may still grow for it, and who is told of it.
 *
 *     ├── memory ──┤┈┈┈ may grow ┈┈┈┤┈┈┈ spared ┈┈┈┤ maximum
 *
 * What a program makes a memory grow by is lost to everyone: the allocators that come after it need room, too.
 *
 * @module
 */
import type { Memory } from "@alloc/core";

/** So often the memory grows for all random programs that are tried. */
const GROWTHS = 16;
/** So often it may grow for the programs that are tried to make one that fails shorter. */
const GROWTHS_OF_A_FAULT = 256;

/** What the programs of one check share. */
export class Tally {
  /** Steps run, requests that were served, and those answered with NULL. */
  operations = 0;
  served = 0;
  refused = 0;
  growths = GROWTHS;
  /** Bytes that the memory shall still be able to grow by. */
  spared = 0;
  readonly onCall: ((line: string) => void) | undefined;

  constructor(onCall?: (line: string) => void) {
    this.onCall = onCall;
  }

  /**
   * Makes the tally of the programs that are tried to make one that fails shorter. A fault that needs a memory that grows needs it
   * in each of them, so they may have half of what it can still grow by.
   */
  ofFault(memory: Memory): Tally {
    const tally = new Tally(this.onCall);
    tally.growths = GROWTHS_OF_A_FAULT;
    tally.spared = roomOf(memory) / 2;
    return tally;
  }

  /** Answers whether a memory may grow once more, and counts that. */
  takeGrowth(memory: Memory): boolean {
    if (this.growths === 0 || roomOf(memory) <= this.spared) return false;
    this.growths--;
    return true;
  }
}

function roomOf({ maximum, byteLength }: Memory): number {
  return maximum - byteLength;
}
