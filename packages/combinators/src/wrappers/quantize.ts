/**
 * Quantize: sizes rounded up, so that a block that grows a little stays in place.
 *
 *     asked      1 … 16    17 … 32    33 … 48          quantize(inner, 16)
 *     wanted       16         32         48
 *
 * The usable size is the rounded size, whatever slack the child has. So each layout that fits a block is rounded to the layout
 * requested from the child, which cannot tell the difference.
 *
 * @module
 */
import {
  type Allocator,
  ArgumentError,
  type Can,
  type CapabilitiesOf,
  can,
  Layout,
  LayoutError,
  type NameOption,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  bytesText,
  childrenIn,
  hide,
  type Kind,
  type Node,
  requireFunction,
  requireOptions,
  type Wrapping,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import { type Child, layoutOf, requireAllocator } from "../composable.ts";
import { Reshaper } from "./reshaper.ts";

/** An allocator that is asked for rounded sizes. It supports the capabilities of `A`, and `resizeInPlace` within a step. */
export type Quantize<A extends Allocator> = Wrapping<A> & Can<CapabilitiesOf<A> | "resizeInPlace">;

/** What a description says of the rounding. */
type Step = { readonly step: number };
/** A function is no data: its kind needs it again. */
type Round = { readonly round: "function" };

class QuantizeMachine extends Reshaper {
  readonly round!: (size: number) => number;
  readonly options!: Step | Round;

  constructor(inner: Child, round: (size: number) => number, options: Step | Round) {
    super(inner);
    hide(this, { round, options });
  }

  override usableSize(layout: Layout): number {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return this.expectLayout(layout, "usableSize").size;
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
 * Rounds the sizes of all requests up. A block that grows within a step stays in place, without a call of the child. Supports the
 * capabilities of the allocator and `resizeInPlace`. It owns the allocator and disposes it with itself.
 *
 * Cost: a layout per request or release whose size is not round; a call of `sizeAt` per such release if the allocator supports
 * it. No state. The bytes added by rounding are slack.
 *
 * Source: `Quantizer` of phobos, `Chunk` of alloc-compose.
 *
 * @param inner - the allocator of the rounded blocks
 * @param round - a step in bytes, an integer from 1: sizes become multiples of it. Or a function from sizes to sizes: monotone,
 *   never less than its argument, and unchanged when applied to its own result
 * @param options - a `name`
 * @returns the rounding allocator
 * @throws `LayoutError` if the step is out of bounds, or the function fails a test around the powers of two
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
export function quantize<A extends Allocator>(
  inner: A,
  round: number | ((size: number) => number),
  options: NameOption = {},
): Quantize<A> {
  requireAllocator("quantize", inner, "quantize(allocator, step)");
  requireOptions("quantize(allocator, step, { name })", options, ["name"]);
  const isStep = typeof round === "number";
  if (isStep) Layout.of(round, 1);
  if (round === 0) throw new LayoutError("size", "a step must be an integer of at least 1 byte, got 0");
  const rounding = isStep ? (size: number) => Math.ceil(size / round) * round : round;
  if (!isStep) {
    requireFunction("quantize(allocator, (size) => size)", round);
    checkRounding(round);
  }
  const Machine = withCapabilities(
    QuantizeMachine,
    (capability) => capability === "resizeInPlace" || can(inner, capability),
  );
  const make = () => new Machine(inner as unknown as Child, rounding, isStep ? { step: round } : { round: "function" });
  return withName(options, make) as unknown as Quantize<A>;
}

/**
 * Returns the kind of {@link quantize} with a function. It also makes those with a step again, so it may stand behind `combinatorKinds`,
 * which has the kind of these alone. For one of several functions of a chain, add the name of its member:
 * `{ ...quantizeKind(round), name: "text" }`.
 *
 * @param round - the function, equal to the one of the first allocator
 * @example
 * ```ts
 * import { combinatorKinds, quantize, quantizeKind } from "@alloc/combinators";
 * import { Layout, Memory, pages } from "@alloc/core";
 * import { attachDescription, fromParts, partsOf } from "@alloc/core/author";
 *
 * const double = (size: number) => 2 ** Math.ceil(Math.log2(size));
 * const memory = Memory.over(new ArrayBuffer(65536));
 * const heap = quantize(pages(memory).byRef(), double);
 * // The same chain once more, over copies of the bytes and of the words.
 * const copy = fromParts(structuredClone(partsOf(memory)));
 * const kinds = [...combinatorKinds, quantizeKind(double)];
 * const again = attachDescription(copy, structuredClone(heap.describe()), kinds);
 * again.usableSize(Layout.of(1025)); // => 2048
 * ```
 */
export function quantizeKind(round: (size: number) => number): Kind {
  requireFunction("quantizeKind((size) => size)", round);
  return { kind: "quantize", attach: (node) => attach(node, round) };
}

/** The kind of {@link quantize} with a step. */
export const stepKind: Kind = { kind: "quantize", attach: (node) => attach(node) };

function attach(node: Node, round?: (size: number) => number): Allocator {
  const [inner] = childrenIn(node, 1);
  const { step, round: needed } = node.options as Partial<Step & Round>;
  if (needed === undefined) return quantize(inner!, step!);
  if (round !== undefined) return quantize(inner!, round);
  throw new ArgumentError(
    "attach needs the function that this quantize rounds with: add quantizeKind(round) at the end of the kinds",
  );
}

/** Throws if a function fails to round up a tested size. */
function checkRounding(round: (size: number) => number): void {
  const sizes = [1, 2, 3];
  for (let power = 4; power <= 2 ** 30; power *= 2) sizes.push(power, power + 1, 2 * power - 1);
  let before = 0;
  for (const size of sizes) {
    const rounded = round(size);
    if (!Number.isSafeInteger(rounded) || rounded < Math.max(size, before) || round(rounded) !== rounded) {
      throw new LayoutError(
        "size",
        `a rounding function must return integers, never less than the size, be monotone, and keep its own results; it rounded ${bytesText(size)} to ${rounded}, and those to ${round(rounded)}`,
      );
    }
    before = rounded;
  }
}
