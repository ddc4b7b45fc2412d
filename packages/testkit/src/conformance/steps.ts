/**
 * Steps: what a random program consists of, and how fast-check makes one.
 *
 * A step names a block by any number, counted around the blocks that are live when it runs. So every part of a program is a
 * program too, and a failure shrinks to the few steps that it needs.
 *
 * @module
 */
import fc from "fast-check";

/**
 * One step of a program. Sizes and aligns in bytes; `block` is counted from the lowest address, and below 0 from the highest;
 * `fit` chooses a layout that fits the block, 0 the one asked with. A nudge resizes by so little that an allocator may take it for
 * nothing: less than a granule, or than what is worth to be split off.
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

/** Bounds of the requests that a random program makes. */
export interface StepBounds {
  /** The most bytes of a request that may well be served: 64 KiB unless said. */
  readonly maxSize: number;
  /** The largest align, a power of two: 64 KiB unless said. */
  readonly maxAlign: number;
}

/** No memory below 4 GiB can serve it. */
const IMPOSSIBLE = 2 ** 32 - 65536 * 2;

/** What is done to the whole. */
const WHOLE = ["reset", "trim", "growMemory", "blocks"] as const;

/** The most bytes of a nudge. */
const FEW = 16;

/** Makes programs of up to `length` steps. */
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

/** Sizes at which classes, pages and bitmaps end: a power of two, one less, one more. */
function aroundPowers(most: number): fc.Arbitrary<number> {
  const logs = fc.nat(Math.floor(Math.log2(most)));
  return fc.tuple(logs, fc.integer({ min: -1, max: 1 })).map(([log, offset]) => Math.min(2 ** log + offset, most));
}
