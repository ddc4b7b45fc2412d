/**
 * Parts: what another thread needs to make the same memory.
 *
 *     source │ from │ to │ maximum │ extent      the object that is posted, and the numbers that the sizes of words follow from
 *
 * Two memories with equal parts have equal granules, word sizes and usable sizes. One made by hand over a posted source has not: its
 * `from`, `to` and `maximum` are those of the source when it arrives.
 *
 * @module
 */
import { ArgumentError } from "../base/errors.ts";
import { requireTarget, type WebAssemblyMemory } from "./buffers.ts";
import { Memory } from "./memory.ts";

/** A memory as plain data. Posting it shares a shared source and copies another buffer. */
export interface MemoryParts {
  /** The object under the memory. */
  readonly source: WebAssemblyMemory | ArrayBufferLike;
  /** See {@link Memory.from}. */
  readonly from: number;
  /** See {@link Memory.to}. */
  readonly to: number;
  /** See {@link Memory.maximum}. */
  readonly maximum: number;
  /** Bytes: what its granule follows from. */
  readonly extent: number;
}

/** The constructor, which programs do not call. */
type MemoryClass = new (
  source: MemoryParts["source"],
  from: number,
  to: number,
  maximum: number,
  extent: number,
) => Memory;

/**
 * Returns the parts of a memory. For authors of what posts or saves a chain.
 *
 * @throws {@link ArgumentError} for a virtual memory
 */
export function partsOf({ source, from, to, maximum, extent }: Memory): MemoryParts {
  if (source === undefined) throw new ArgumentError("partsOf expects a memory with bytes, got a virtual one");
  return { source, from, to, maximum, extent };
}

/**
 * Makes a memory of the parts of another one: over the same bytes if they are shared, otherwise over their copy. For authors.
 *
 * @throws {@link ArgumentError} if no memory has such parts
 * @example
 * ```ts
 * import { Memory, pages } from "@alloc/core";
 * import { fromParts, partsOf } from "@alloc/core/author";
 *
 * const memory = Memory.over(new ArrayBuffer(2 ** 20), { from: 4096 });
 * const copy = fromParts(structuredClone(partsOf(memory)));
 * [copy.from, copy.maximum]; // => [4096, 1048576]
 * ```
 */
export function fromParts({ source, from, to, maximum, extent }: MemoryParts): Memory {
  requireTarget(source);
  const numbers = [0, from, to, maximum, 2 ** 32];
  const isRight = numbers.every((at, index) => Number.isInteger(at) && at >= (numbers[index - 1] ?? 0));
  if (!isRight || !Number.isInteger(extent) || extent < 0 || extent > maximum) {
    throw new ArgumentError(
      `fromParts expects 0 ≤ from ≤ to ≤ maximum ≤ 4 GiB and an extent up to the maximum, got ${from}, ${to}, ${maximum} and ${extent}`,
    );
  }
  return new (Memory as unknown as MemoryClass)(source, from, to, maximum, extent);
}
