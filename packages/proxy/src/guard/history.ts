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
import type { Ptr } from "@alloc/core";
import { bytesText } from "../block.ts";
import { printable } from "../printable.ts";
import type { Entry } from "./entry.ts";
import { errorOf, type GuardError, guardError } from "./guard-error.ts";
import type { Elsewhere } from "./guards.ts";

/** The maximum number of blocks: with their stacks, some megabytes. */
const MOST = 4096;

export class History {
  /** By address, the one that ended first comes first. */
  readonly blocks = new Map<Ptr, Entry>();
  /** The ordinal of the last request: a guard and its scopes count together. */
  ordinal = 0;

  add(entry: Entry): void {
    this.blocks.delete(entry.ptr);
    this.blocks.set(entry.ptr, entry);
    if (this.blocks.size <= MOST) return;
    for (const ptr of this.blocks.keys()) {
      this.blocks.delete(ptr);
      return;
    }
  }

  remove(entry: Entry): void {
    if (this.blocks.get(entry.ptr) === entry) this.blocks.delete(entry.ptr);
  }

  /**
   * Returns the error for an address at which no block of `live` starts. O(live blocks).
   *
   * @param elsewhere - a block of another guard that starts there
   */
  diagnose(ptr: Ptr, live: Iterable<Entry>, elsewhere?: Elsewhere): GuardError {
    const dead = this.blocks.get(ptr);
    if (dead !== undefined) {
      const code = dead.ending === "ended with its scope" ? "closed-scope" : "double-free";
      return guardError(code, `used % after it ${dead.ending}`, dead);
    }
    const near = nearest(ptr, live);
    const within = near !== undefined && distance(ptr, near) === 0 ? near : nearest(ptr, this.blocks.values());
    if (within !== undefined && distance(ptr, within) === 0) {
      const end = within.ending === undefined ? "" : `, which ${within.ending}`;
      return guardError("interior-pointer", `${ptr} lies ${bytesText(ptr - within.ptr)} inside of %${end}`, within);
    }
    const what = `${shown(ptr)} is not a block of this allocator`;
    if (elsewhere !== undefined) {
      const { block, guards } = elsewhere;
      const whose = guards === 1 ? "another guard" : `one of ${guards} other guards`;
      return errorOf(
        "foreign-pointer",
        `${what} but % of ${whose}: release a block to the allocator it came from`,
        block,
      );
    }
    if (near === undefined) return guardError("foreign-pointer", what, undefined);
    const where = ptr < near.ptr ? "behind" : "before";
    return guardError(
      "foreign-pointer",
      `${what}; the nearest is %, ${bytesText(distance(ptr, near))} ${where} it`,
      near,
    );
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
