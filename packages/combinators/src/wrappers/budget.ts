/**
 * Budget: how many bytes and blocks may be live at once, in one allocator or in several that share it.
 *
 *     limit(a, { budget }) ──┐
 *     limit(b, { budget }) ──┼──▶  bytesLive ≤ bytes,  numLive ≤ count       a and b may work in different memories
 *     limit(c, { budget }) ──┘
 *
 * It counts and knows nothing of memory: so what shares it need not lie in one address space.
 *
 * @module
 */
import { LayoutError, type Memory } from "@alloc/core";

/** What may be live at once. */
export interface Limits {
  /** Bytes, an integer from 0; as many as there are unless said. */
  readonly bytes?: number;
  /** Blocks, an integer from 0; as many as there are unless said. */
  readonly count?: number;
}

export interface BudgetOptions extends Limits {
  /** Where the two words of the budget come from: name a shared memory if they shall be shared. No memory's unless said. */
  readonly memory?: Memory;
}

/** Bytes and blocks that several limits may share. */
export interface Budget {
  /** Bytes that may be live at once; Infinity if it does not bound them. */
  readonly bytes: number;
  /** Blocks that may be live at once; Infinity if it does not bound them. */
  readonly count: number;
  /** Bytes that are live now, in all that share it. */
  readonly bytesLive: number;
  /** Blocks that are live now, in all that share it. */
  readonly numLive: number;
  /** @internal */
  readonly words: Float64Array;
  /** @internal */
  hasRoom(bytes: number, blocks: number): boolean;
  /** @internal */
  add(bytes: number, blocks: number): void;
}

/** The words. */
const BYTES = 0;
const BLOCKS = 1;

export class BudgetMachine implements Budget {
  readonly bytes: number;
  readonly count: number;
  readonly words: Float64Array;

  constructor({ bytes = Infinity, count = Infinity }: Limits, words: Float64Array) {
    this.bytes = bytes;
    this.count = count;
    this.words = words;
  }

  get bytesLive(): number {
    return this.words[BYTES]!;
  }

  get numLive(): number {
    return this.words[BLOCKS]!;
  }

  /** Whether so many bytes and blocks more may live; fewer always may. */
  hasRoom(bytes: number, blocks: number): boolean {
    const words = this.words;
    return (
      (bytes <= 0 || words[BYTES]! + bytes <= this.bytes) && (blocks <= 0 || words[BLOCKS]! + blocks <= this.count)
    );
  }

  /** Counts so many bytes and blocks more; fewer, if negative. */
  add(bytes: number, blocks: number): void {
    const words = this.words;
    words[BYTES]! += bytes;
    words[BLOCKS]! += blocks;
  }
}

/**
 * Makes a budget for several limits to share: the tenants of a server, the parts of a program. What one of them has, the others
 * cannot have; what one gives back, resets or disposes is there for all.
 *
 * Cost: two words.
 *
 * Source: the budgets of VulkanMemoryAllocator.
 *
 * @throws `LayoutError` if a number cannot be
 * @example
 * ```ts
 * import { budget, limit } from "@alloc/combinators";
 * import { Layout } from "@alloc/core";
 * import { system } from "@alloc/global";
 *
 * const both = budget({ bytes: 1000 });
 * using one = limit(system(), { budget: both });
 * using other = limit(system(), { budget: both });
 * one.allocate(Layout.of(600)) !== 0; // => true
 * other.allocate(Layout.of(600)); // => 0
 * one.reset();
 * other.allocate(Layout.of(600)) !== 0; // => true
 * both.numLive; // => 1
 * ```
 */
export function budget(options: BudgetOptions): Budget {
  checkLimits(options);
  return new BudgetMachine(options, options.memory?.words(Float64Array, 2) ?? new Float64Array(2));
}

/** Throws a `LayoutError` if what may be live at once cannot be. */
export function checkLimits({ bytes = 0, count = 0 }: Limits): void {
  if (!isCount(bytes)) throw new LayoutError("size", `a limit must be an integer from 0 bytes on, came ${bytes}`);
  if (!isCount(count)) throw new LayoutError("count", `a limit must be an integer from 0 blocks on, came ${count}`);
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}
