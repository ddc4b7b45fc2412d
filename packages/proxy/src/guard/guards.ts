/**
 * Guards: the guards of a realm that have live blocks, so that an error can name the heap a foreign block belongs to.
 *
 *     heap A │ #3 at 70000 │          B.deallocate(70000)  ──▶  "70000 is not a block of this allocator but #3 of another guard"
 *     heap B │ …           │
 *
 * An address is only a number. If two memories start at the same address, a number may be a block of both, even with the same
 * layout; such blocks cannot be told apart.
 *
 * @module
 */
import type { Allocator, Ptr } from "@alloc/core";
import type { Entry } from "./entry.ts";
import { blockOf, type GuardedBlock, named } from "./guard-error.ts";

/** A registered guard. Copies of this package with the same version in the key know it only by this interface. */
interface Listed {
  /** Returns the live block that starts at an address. */
  blockAt(ptr: Ptr): GuardedBlock | undefined;
}

const KEY = Symbol.for("@alloc/proxy:guards:1");

/** The number of entries below which sweeping is not worthwhile. */
const FEW = 64;
let limit = FEW;

function listed(): Set<WeakRef<Listed>> {
  const home = globalThis as { [KEY]?: Set<WeakRef<Listed>> };
  home[KEY] ??= new Set();
  return home[KEY];
}

/** The registration of one guard. */
export class Guards implements Listed {
  readonly guard: Allocator;
  readonly live: ReadonlyMap<Ptr, Entry>;
  readonly ref = new WeakRef<Listed>(this);

  constructor(guard: Allocator, live: ReadonlyMap<Ptr, Entry>) {
    this.guard = guard;
    this.live = live;
  }

  /** Registers the guard. Call it after a block was added. */
  list(): void {
    if (this.live.size !== 1) return;
    const all = listed();
    all.add(this.ref);
    if (all.size <= limit) return;
    for (const ref of all) if (ref.deref() === undefined) all.delete(ref);
    limit = Math.max(FEW, 2 * all.size);
  }

  /** Unregisters the guard if it has no live blocks. Call it after blocks were removed. */
  unlist(): void {
    if (this.live.size === 0) listed().delete(this.ref);
  }

  blockAt(ptr: Ptr): GuardedBlock | undefined {
    const entry = this.live.get(ptr);
    return entry && named(blockOf(entry), this.guard);
  }

  /** Returns the live block of another guard that starts at an address, and the number of guards with one there. O(guards). */
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

/** A block of another guard. Of several guards it is the one that registered last. */
export interface Elsewhere {
  readonly block: GuardedBlock;
  readonly guards: number;
}
