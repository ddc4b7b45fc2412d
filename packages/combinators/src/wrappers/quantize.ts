/**
 * Quantize: sizes rounded up, so that a block that grows a little stays where it is.
 *
 *     asked      1 … 16    17 … 32    33 … 48          quantize(inner, 16)
 *     wanted       16         32         48
 *
 * The usable size is the rounded one and not what the child may have behind it. So each layout that fits a block is rounded
 * to the one that the child was asked with, and the child cannot tell the difference.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  can,
  hide,
  Layout,
  LayoutError,
  type Ptr,
  type SelfDescription,
  withCapabilities,
} from "@alloc/core";
import { type Child, layoutOf, requireAllocator } from "../composable.ts";
import { Reshaper } from "./reshaper.ts";

/** An allocator that is asked for rounded sizes. It can resize in place, whatever `A` can: inside of a step. */
export type Quantize<A extends Allocator> = Can<CapabilitiesOf<A> | "resizeInPlace"> & { readonly inner: A };

class QuantizeMachine extends Reshaper {
  readonly round!: (size: number) => number;
  readonly options!: { readonly step?: number };

  constructor(inner: Child, round: (size: number) => number, options: { step?: number }) {
    super(inner);
    hide(this, { round, options });
  }

  override usableSize(layout: Layout): number {
    if (!(layout?.size > 0 && layout.align > 0)) return this.expectLayout(layout, "usableSize").size;
    const wanted = this.wanted(layout);
    return wanted === undefined || this.inner.usableSize(wanted) === 0 ? 0 : wanted.size;
  }

  override describeSelf(): SelfDescription {
    return { kind: "quantize", options: this.options, state: {} };
  }

  override wanted(layout: Layout): Layout | undefined {
    const size = this.round(layout.size);
    return size > layout.size ? layoutOf(size, layout.align) : layout;
  }

  override taken(ptr: Ptr, layout: Layout): Layout {
    const wanted = this.wanted(layout) ?? layout;
    return wanted === layout || this.inner.sizeAt?.(ptr) !== layout.size ? wanted : layout;
  }
}

/**
 * Rounds the sizes of all requests up. A block that grows and stays below the same step stays where it is, and the child is
 * not even asked. It can all that the allocator can, and `resizeInPlace`; it owns the allocator, and disposes it with
 * itself.
 *
 * Cost: a layout for a size that is not round; where the allocator has `sizeAt`, one call of it for each release by such a
 * size. No state. What is rounded up is slack.
 *
 * Source: `Quantizer` of phobos, `Chunk` of alloc-compose.
 *
 * @param round - a step: sizes become multiples of it, an integer from 1 bytes. Or a function from sizes to sizes: not
 *   smaller than what it was given, monotone, and the same for its own answer
 * @throws `LayoutError` if the step cannot be, or the function is seen not to be such a one: it is tried around the powers
 *   of two
 * @example
 * ```ts
 * import { quantize } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 *
 * using heap = quantize(system(), 256);
 * const layout = Layout.of(100);
 * heap.usableSize(layout); // => 256
 * const ptr = orThrow(heap.allocate(layout), layout);
 * heap.grow(ptr, layout, Layout.of(250)) === ptr; // => true
 *
 * using doubled = quantize(system(), (size) => 2 ** Math.ceil(Math.log2(size)));
 * doubled.usableSize(Layout.of(1025)); // => 2048
 * ```
 */
export function quantize<A extends Allocator>(inner: A, round: number | ((size: number) => number)): Quantize<A> {
  requireAllocator("quantize", inner);
  const isStep = typeof round === "number";
  if (isStep) Layout.of(round, 1);
  if (round === 0) throw new LayoutError("size", "a step must be an integer from 1 byte on, came 0");
  const rounding = isStep ? (size: number) => Math.ceil(size / round) * round : round;
  if (!isStep) checkRounding(round);
  const Machine = withCapabilities(QuantizeMachine, (power) => power === "resizeInPlace" || can(inner, power));
  return new Machine(inner as unknown as Child, rounding, isStep ? { step: round } : {}) as unknown as Quantize<A>;
}

/** Throws if a function of sizes is seen not to round up. */
function checkRounding(round: (size: number) => number): void {
  const sizes = [1, 2, 3];
  for (let power = 4; power <= 2 ** 30; power *= 2) sizes.push(power, power + 1, 2 * power - 1);
  let before = 0;
  for (const size of sizes) {
    const rounded = round(size);
    if (!Number.isSafeInteger(rounded) || rounded < Math.max(size, before) || round(rounded) !== rounded) {
      throw new LayoutError(
        "size",
        `a rounding must answer integers, not below the size, monotone, and the same for its own answer; of ${size} bytes it made ${rounded}, and of that ${round(rounded)}`,
      );
    }
    before = rounded;
  }
}
