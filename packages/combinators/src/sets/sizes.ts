/**
 * Sizes: the size classes of {@link bucketize}.
 *
 *     { from: 16, to: 64, step: 16 }        16   32   48   64
 *     { from: 16, to: 100, factor: 1.5 }    16   24   40   64   96   100
 *
 * @module
 */
import { ArgumentError, alignUp, LayoutError, type NameOption } from "@alloc/core";
import { shown } from "@alloc/core/author";

/** The size classes of {@link bucketize}, in bytes. */
export type SizeOptions = NameOption & {
  /** Bytes, an integer from 1: the largest size of the first class. */
  readonly from: number;
  /** Bytes, an integer from `from`: the largest size of the last class. */
  readonly to: number;
} & (
    | {
        /** Bytes from one class to the next, an integer from 1. */
        readonly step: number;
      }
    | {
        /** Ratio of each class to the one before, more than 1. Sizes are rounded up to a multiple of 8. */
        readonly factor: number;
      }
  );

/** The maximum number of table entries. */
const MOST = 65536;

/** Returns the largest size of each class, and a power of two that divides all of them. */
export function sizesOf(options: SizeOptions): { sizes: readonly number[]; unit: number } {
  const { from, to, step, factor } = options as { from: number; to: number; step?: number; factor?: number };
  requireSize("from", from, 1);
  requireSize("to", to, from);
  if (step !== undefined && factor !== undefined) {
    throw new ArgumentError("bucketize expects a step or a factor, got both: leave one out");
  }
  if (step !== undefined) requireSize("step", step, 1);
  else if (factor === undefined) {
    const call = `bucketize(make, { from: ${from}, to: ${to}, step: ${from} })`;
    throw new ArgumentError(`bucketize expects a step or a factor, got neither: write ${call}`);
  } else if (!(factor > 1)) throw new LayoutError("size", `factor must be more than 1, got ${shown(factor)}`);
  const next = (size: number) =>
    step !== undefined ? size + step : alignUp(Math.min(to, Math.ceil(size * factor!)), 8);
  const sizes: number[] = [];
  for (let size = from; size < to && sizes.length <= MOST; size = next(size)) sizes.push(size);
  sizes.push(to);
  return { sizes, unit: unitOf(sizes) };
}

/** Returns the sizes of a description. */
export function sizesIn(sizes: unknown): { sizes: readonly number[]; unit: number } {
  if (!Array.isArray(sizes) || sizes.length === 0)
    throw new ArgumentError(`attach expects an array of sizes, got ${shown(sizes)}`);
  for (const [index, size] of sizes.entries()) requireSize("size", size, index === 0 ? 1 : sizes[index - 1] + 1);
  return { sizes, unit: unitOf(sizes) };
}

function unitOf(sizes: readonly number[]): number {
  const to = sizes.at(-1)!;
  let unit = 2 ** 31;
  for (const size of sizes) while (size % unit !== 0) unit /= 2;
  if (to / unit < MOST) return unit;
  throw new LayoutError(
    "count",
    `bucketize needs a table of ${to / unit + 1} entries for these classes, and at most ${MOST} are allowed; choose sizes divisible by a larger power of two`,
  );
}

function requireSize(name: string, size: number, least: number): void {
  if (Number.isInteger(size) && size >= least && size < 2 ** 32) return;
  throw new LayoutError("size", `${name} must be an integer from ${least} to 4294967295 bytes, got ${shown(size)}`);
}
