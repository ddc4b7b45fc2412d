/**
 * Steps: the parts of random programs, and their generator for fast-check.
 *
 * A step names a block by any number, taken modulo the number of live blocks when it runs. Thus any subset of the steps is a
 * program, and a failure shrinks to the few steps it needs.
 *
 * @module
 */
import fc from "fast-check";

/**
 * One step of a program. Sizes and aligns are in bytes. `block` counts from the lowest address, below 0 from the highest. `fit`
 * selects a layout that fits the block; 0 is its own. A nudge resizes by so little that an allocator may ignore it: less than a
 * granule, or than what is worth splitting off.
 */
export type Step =
  | { readonly do: "allocate" | "allocateZeroed"; readonly size: number; readonly align: number }
  | {
      readonly do: "grow" | "growZeroed";
      readonly block: number;
      readonly fit: number;
      readonly by: number;
      readonly align?: number;
    }
  | {
      readonly do: "shrink";
      readonly block: number;
      readonly fit: number;
      readonly to: number;
      readonly align?: number;
    }
  | { readonly do: "resizeInPlace"; readonly block: number; readonly size: number }
  | { readonly do: "nudge"; readonly block: number; readonly by: number; readonly inPlace: boolean }
  | { readonly do: "deallocate"; readonly block: number; readonly fit: number }
  | { readonly do: "deallocateBySize"; readonly block: number }
  | { readonly do: "reset" | "trim" | "growMemory" | "blocks" };

/** Bounds of the requests in a random program. */
export interface StepBounds {
  /** Maximum size of a request that is expected to be served, in bytes. */
  readonly maxSize: number;
  /** Maximum align, a power of two, in bytes. */
  readonly maxAlign: number;
}

/** Larger than any memory below 4 GiB can serve. */
const IMPOSSIBLE = 2 ** 32 - 65536 * 2;

/** Steps on the allocator as a whole. */
const WHOLE = ["reset", "trim", "growMemory", "blocks"] as const;

/** Maximum bytes of a nudge. */
const FEW = 16;

/** Generates programs of up to `length` steps. */
export function stepsOf(bounds: StepBounds, length: number): fc.Arbitrary<Step[]> {
  const size = fc.oneof(
    { weight: 6, arbitrary: fc.nat(64) },
    { weight: 4, arbitrary: fc.nat(1100) },
    { weight: 3, arbitrary: aroundPowers(bounds.maxSize) },
    { weight: 1, arbitrary: fc.nat(bounds.maxSize) },
  );
  const askedSize = fc.oneof({ weight: 40, arbitrary: size }, { weight: 1, arbitrary: fc.constant(IMPOSSIBLE) });
  const smallAlign = fc.constantFrom(1, 2, 4, 8, 8, 8, 16);
  const anyAlign = fc.nat(Math.log2(bounds.maxAlign)).map((log) => 2 ** log);
  const align = fc.oneof({ weight: 6, arbitrary: smallAlign }, { weight: 1, arbitrary: anyAlign });
  const block = fc.nat(1000);
  const fit = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true }));
  const few = fc.integer({ min: -FEW, max: FEW });
  // Most resizes keep the align: only those can stay in place.
  const otherAlign = { align: fc.option(align, { freq: 6, nil: undefined }) };
  const requests = ["allocate", "allocateZeroed"] as const;
  const growths = ["grow", "growZeroed"] as const;

  return fc.array(
    fc.oneof(
      { weight: 10, arbitrary: step({ do: fc.constantFrom(...requests), size: askedSize, align }) },
      { weight: 4, arbitrary: step({ do: fc.constantFrom(...growths), block, fit, by: askedSize, ...otherAlign }) },
      { weight: 3, arbitrary: step({ do: fc.constant("shrink" as const), block, fit, to: size, ...otherAlign }) },
      { weight: 2, arbitrary: step({ do: fc.constant("resizeInPlace" as const), block, size }) },
      { weight: 6, arbitrary: step({ do: fc.constant("nudge" as const), block, by: few, inPlace: fc.boolean() }) },
      { weight: 7, arbitrary: step({ do: fc.constant("deallocate" as const), block, fit }) },
      { weight: 1, arbitrary: step({ do: fc.constant("deallocateBySize" as const), block }) },
      { weight: 1, arbitrary: step({ do: fc.constantFrom(...WHOLE) }) },
    ),
    { minLength: 1, maxLength: length, size: "max" },
  ) as fc.Arbitrary<Step[]>;
}

function step<T extends object>(fields: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(fields) as fc.Arbitrary<T>;
}

/** Sizes around the ends of classes, pages and bitmaps: a power of two, one less, one more. */
function aroundPowers(most: number): fc.Arbitrary<number> {
  const logs = fc.nat(Math.floor(Math.log2(most)));
  return fc.tuple(logs, fc.integer({ min: -1, max: 1 })).map(([log, offset]) => Math.min(2 ** log + offset, most));
}
