/**
 * Effort: counts the work of a check and limits memory growth.
 *
 *     ├── memory ──┤┈┈┈ may grow ┈┈┈┤┈┈┈ spared ┈┈┈┤ maximum
 *
 * Memory growth is permanent, and allocators made later need room too.
 *
 * @module
 */
import type { Memory } from "@alloc/core";

/** Maximum number of memory growths for all random programs. */
const GROWTHS = 16;
/** Maximum number of memory growths while shortening one failing program. */
const GROWTHS_OF_A_FAULT = 256;

/** State shared by the programs of one check. */
export class Effort {
  /** Steps run, requests served, and requests for which NULL was returned. */
  operations = 0;
  served = 0;
  refused = 0;
  growths = GROWTHS;
  /** Bytes that the memory must still be able to grow by. */
  spared = 0;
  readonly onCall: ((line: string) => void) | undefined;

  constructor(onCall?: (line: string) => void) {
    this.onCall = onCall;
  }

  /**
   * Makes the effort for shortening a failing program. A fault that needs a growing memory needs it in each attempt, so the
   * attempts may use half of the remaining growth.
   */
  ofFault(memory: Memory): Effort {
    const effort = new Effort(this.onCall);
    effort.growths = GROWTHS_OF_A_FAULT;
    effort.spared = roomOf(memory) / 2;
    return effort;
  }

  /** Returns whether the memory may grow once more, and counts the growth. */
  takeGrowth(memory: Memory): boolean {
    if (this.growths === 0 || roomOf(memory) <= this.spared) return false;
    this.growths--;
    return true;
  }
}

function roomOf({ maximum, byteLength }: Memory): number {
  return maximum - byteLength;
}
