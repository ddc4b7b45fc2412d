/**
 * History: the blocks that have ended, so that an error can name the block a stale pointer belonged to.
 *
 *     address   a dead block starts there   ──▶  double-free, or closed-scope
 *               inside a block              ──▶  interior-pointer
 *               neither                     ──▶  foreign-pointer, and the live block nearest to it
 *
 * The live blocks alone decide whether an address is valid; the history only explains why it is not. It keeps the last few
 * thousand blocks; older ones are reported as foreign.
 *
 * @module
 */
import type { Allocator, Ptr } from "@alloc/core";
import { bytesText } from "@alloc/core/author";
import { printable } from "../printable.ts";
import type { Entry } from "./entry.ts";
import { foreignError, type GuardError, guardError } from "./guard-error.ts";
import type { Elsewhere } from "./guards.ts";

/** The maximum number of blocks: with their stacks, some megabytes. */
const MOST = 4096;

export class History {
  /** The guard in front of the whole heap, whose name the errors of its scopes have, too. */
  readonly guard: Allocator;
  /** In the order in which they ended, round and round. */
  readonly ring: Entry[] = [];
  /** The place in the ring of the next one. */
  next = 0;
  /** The ordinal of the last request: a guard and its scopes count together. */
  ordinal = 0;

  constructor(guard: Allocator) {
    this.guard = guard;
  }

  add(entry: Entry): void {
    this.ring[this.next] = entry;
    this.next = (this.next + 1) % MOST;
  }

  /** The blocks, the one that ended last comes first. One whose release was refused is live again, and is left out. */
  *blocks(): Generator<Entry, void, undefined> {
    const { ring, next } = this;
    for (let back = 1; back <= ring.length; back++) {
      const entry = ring.at(next - back)!;
      if (entry.ending !== undefined) yield entry;
    }
  }

  /**
   * Returns the error for an address at which no block of `live` starts. O(live blocks), since errors are rare.
   *
   * @param elsewhere - a block of another guard that starts there
   */
  diagnose(ptr: Ptr, live: Iterable<Entry>, elsewhere?: Elsewhere): GuardError {
    const { guard } = this;
    let dead: Entry | undefined;
    for (const entry of this.blocks()) {
      if (entry.ptr !== ptr) continue;
      dead = entry;
      break;
    }
    if (dead !== undefined) {
      const code = dead.ending === "ended with its scope" ? "closed-scope" : "double-free";
      return guardError(guard, code, `used % after it ${dead.ending}`, dead);
    }
    const near = nearest(ptr, live);
    const within = near !== undefined && distance(ptr, near) === 0 ? near : nearest(ptr, this.blocks());
    if (within !== undefined && distance(ptr, within) === 0) {
      const end = within.ending === undefined ? "" : `, which ${within.ending}`;
      const where = `${ptr} lies ${bytesText(ptr - within.ptr)} inside of %${end}`;
      return guardError(guard, "interior-pointer", where, within);
    }
    const what = `${shown(ptr)} is not a block of this allocator`;
    if (elsewhere !== undefined) {
      const { block, guards } = elsewhere;
      const whose = guards === 1 ? "another guard" : `one of ${guards} other guards`;
      return foreignError(guard, `${what} but % of ${whose}: release a block to the allocator it came from`, block);
    }
    if (near === undefined) return guardError(guard, "foreign-pointer", what, undefined);
    const side = ptr < near.ptr ? "behind" : "before";
    const nearby = `${what}; the nearest is %, ${bytesText(distance(ptr, near))} ${side} it`;
    return guardError(guard, "foreign-pointer", nearby, near);
  }
}

/** JavaScript callers may pass anything. */
function shown(ptr: unknown): string {
  return typeof ptr === "number" ? `${ptr}` : printable(typeof ptr === "string" ? JSON.stringify(ptr) : typeof ptr, 40);
}

function nearest(ptr: Ptr, blocks: Iterable<Entry>): Entry | undefined {
  let near: Entry | undefined;
  for (const entry of blocks) if (near === undefined || distance(ptr, entry) < distance(ptr, near)) near = entry;
  return near;
}

/** Returns the bytes between an address and a block; 0 if it lies inside. */
function distance(ptr: Ptr, entry: Entry): number {
  return ptr < entry.ptr ? entry.ptr - ptr : Math.max(0, ptr - entry.ptr - entry.layout.size + 1);
}
