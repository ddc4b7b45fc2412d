/**
 * Budget: a bound on the bytes and blocks live at once, in one allocator or in several that share it.
 *
 *     limit(a, { budget }) ──┐
 *     limit(b, { budget }) ──┼──▶  bytesLive ≤ bytes,  numLive ≤ count       a and b may work in different memories
 *     limit(c, { budget }) ──┘
 *
 * A budget only counts, so the allocators that share it may work in different memories.
 *
 * @module
 */
import { ArgumentError, LayoutError, type Memory, type NameOption } from "@alloc/core";
import { hide, inspectKey, requireMemory, requireOptions, shown } from "@alloc/core/author";

/** Bounds on the bytes and blocks live at once. */
export interface Limits {
  /**
   * Maximum live bytes: an integer from 0, or `Infinity`, which is no bound.
   *
   * @defaultValue `Infinity`
   */
  readonly bytes?: number;
  /**
   * Maximum live blocks: an integer from 0, or `Infinity`, which is no bound.
   *
   * @defaultValue `Infinity`
   */
  readonly count?: number;
}

/** Options of {@link budget}. */
export interface BudgetOptions extends Limits {
  /**
   * The memory that provides the two words of the budget: use a shared memory to share them between threads. Default: none, the
   * words are private.
   */
  readonly memory?: Memory;
}

/** Bytes and blocks shared by several limits. */
export interface Budget {
  /** Maximum live bytes; Infinity if unbounded. */
  readonly bytes: number;
  /** Maximum live blocks; Infinity if unbounded. */
  readonly count: number;
  /** Live bytes, in all allocators that share the budget. */
  readonly bytesLive: number;
  /** Live blocks, in all allocators that share the budget. */
  readonly numLive: number;
  /** @internal */
  readonly words: Float64Array;
  /** @internal */
  hasRoom(bytes: number, blocks: number): boolean;
  /** @internal */
  add(bytes: number, blocks: number): void;
}

/** Options of a limit. */
export interface LimitOptions extends Limits, NameOption {
  /** A bound shared with other limits, in addition to this limit's own. Default: none. */
  readonly budget?: Budget;
}

/** Indices of the words. */
const BYTES = 0;
const BLOCKS = 1;

export class BudgetMachine implements Budget {
  readonly bytes: number;
  readonly count: number;
  readonly words!: Float64Array;

  constructor({ bytes = Infinity, count = Infinity }: Limits, words: Float64Array) {
    this.bytes = bytes;
    this.count = count;
    hide(this, { words, [inspectKey]: this.toString });
  }

  get bytesLive(): number {
    return this.words[BYTES]!;
  }

  get numLive(): number {
    return this.words[BLOCKS]!;
  }

  /** Whether `bytes` and `blocks` more fit. Always true if neither is positive. */
  hasRoom(bytes: number, blocks: number): boolean {
    const words = this.words;
    return (
      (bytes <= 0 || words[BYTES]! + bytes <= this.bytes) && (blocks <= 0 || words[BLOCKS]! + blocks <= this.count)
    );
  }

  /** Adds `bytes` and `blocks`, which may be negative. */
  add(bytes: number, blocks: number): void {
    const words = this.words;
    words[BYTES]! += bytes;
    words[BLOCKS]! += blocks;
  }

  toJSON(): Pick<Budget, "bytes" | "count" | "bytesLive" | "numLive"> {
    const { bytes, count, bytesLive, numLive } = this;
    return { bytes, count, bytesLive, numLive };
  }

  toString(): string {
    return `budget(bytesLive ${of(this.bytesLive, this.bytes)}, numLive ${of(this.numLive, this.count)})`;
  }
}

function of(live: number, most: number): string {
  return most === Infinity ? `${live}` : `${live} of ${most}`;
}

/**
 * Creates a budget shared by several limits: the tenants of a server, the parts of a program. Bytes used by one are unavailable
 * to the others; bytes that one releases, resets or disposes are available to all.
 *
 * Cost: two words.
 *
 * Source: the budgets of VulkanMemoryAllocator.
 *
 * @param options - the bounds, and the memory of the words
 * @returns the budget
 * @throws `LayoutError` if a bound is not an integer from 0 or `Infinity`
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
 * `${both}`; // => "budget(bytesLive 640 of 1000, numLive 1)"
 * ```
 */
export function budget(options: BudgetOptions): Budget {
  requireOptions("budget({ bytes, count })", options, ["bytes", "count", "memory"]);
  checkLimits(options);
  if (options.memory !== undefined) requireMemory("budget({ bytes, memory })", options.memory);
  return new BudgetMachine(options, options.memory?.words(Float64Array, 2) ?? new Float64Array(2));
}

/** Returns the bounds as options, without those that are none: JSON has no Infinity. */
export function boundsOf({ bytes, count }: Required<Limits>): Limits {
  return { ...(bytes !== Infinity && { bytes }), ...(count !== Infinity && { count }) };
}

/** Throws a `LayoutError` unless both bounds are integers from 0, or Infinity. `null` is refused. */
export function checkLimits({ bytes = 0, count = 0 }: Limits): void {
  if (!isCount(bytes))
    throw new LayoutError("size", `a limit must be an integer of at least 0 bytes or Infinity, got ${shown(bytes)}`);
  if (!isCount(count))
    throw new LayoutError("count", `a limit must be an integer of at least 0 blocks or Infinity, got ${shown(count)}`);
}

/** Throws unless a value is a budget or undefined. */
export function requireBudget(budget: unknown): void {
  if (budget === undefined || typeof (Object(budget) as Partial<Budget>).hasRoom === "function") return;
  throw new ArgumentError(
    `limit expects a budget, got ${shown(budget)}: write limit(heap, { budget: budget({ bytes }) })`,
  );
}

function isCount(n: number): boolean {
  return n === Infinity || (Number.isSafeInteger(n) && n >= 0);
}
