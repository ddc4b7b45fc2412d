/**
 * Guards: those of a realm that have live blocks, so that a block which is released in the wrong heap is told where it belongs.
 *
 *     heap A │ #3 at 70000 │          B.deallocate(70000)  ──▶  "70000 is no block of this allocator but #3 of another guard"
 *     heap B │ …           │
 *
 * An address is a number. Where two memories begin alike, the same number may be a block of both, of the same layout even; these
 * cannot be told apart.
 *
 * @module
 */
import type { Ptr } from "@alloc/core";
import { blockOf, type GuardedBlock } from "./guard-error.ts";
import type { Held } from "./held.ts";

/** What is listed. Copies of this package with the same number in the key know it by this alone. */
interface Listed {
  /** Returns the live block that starts at an address. */
  blockAt(ptr: Ptr): GuardedBlock | undefined;
}

const KEY = Symbol.for("@alloc/proxy:guards:1");

/** Entries that are not worth sweeping. */
const FEW = 64;
let limit = FEW;

function listed(): Set<WeakRef<Listed>> {
  const home = globalThis as { [KEY]?: Set<WeakRef<Listed>> };
  home[KEY] ??= new Set();
  return home[KEY];
}

/** The entry of one guard. */
export class Guards implements Listed {
  readonly live: ReadonlyMap<Ptr, Held>;
  readonly ref = new WeakRef<Listed>(this);

  constructor(live: ReadonlyMap<Ptr, Held>) {
    this.live = live;
  }

  /** Is called when a block has come. */
  list(): void {
    if (this.live.size !== 1) return;
    const all = listed();
    all.add(this.ref);
    if (all.size <= limit) return;
    for (const ref of all) if (ref.deref() === undefined) all.delete(ref);
    limit = Math.max(FEW, 2 * all.size);
  }

  /** Is called when blocks have gone. */
  unlist(): void {
    if (this.live.size === 0) listed().delete(this.ref);
  }

  blockAt(ptr: Ptr): GuardedBlock | undefined {
    const held = this.live.get(ptr);
    return held && blockOf(held);
  }

  /** Returns the live block of another guard that starts at an address, and how many guards have one there. O(guards). */
  ownerOf(ptr: Ptr): Elsewhere | undefined {
    let last: GuardedBlock | undefined;
    let guards = 0;
    for (const ref of listed()) {
      const guard = ref.deref();
      const block = guard === this ? undefined : guard?.blockAt(ptr);
      if (block === undefined) continue;
      last = block;
      guards++;
    }
    return last && { block: last, guards };
  }
}

/** A block of another guard: of several the one that came last to have live blocks. */
export interface Elsewhere {
  readonly block: GuardedBlock;
  readonly guards: number;
}
