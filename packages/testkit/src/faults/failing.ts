/**
 * Failing: an allocator that has no room when it is told so.
 *
 *     request 1  ─────────────────────▶ inner
 *     request 2  ─ the policy says no ─▶ NULL; the inner allocator has not heard of it
 *     request 3  ─────────────────────▶ inner
 *
 * A request that fails is one that was never made: so "an answer of NULL leaves everything as it was" needs no code. Size 0
 * is no request, since it needs no room, and a release cannot fail; nor can a shrink to 0, which is one.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  type Layout,
  type Null,
  nullPointer,
  type Ptr,
  requireLayout,
  type SelfDescription,
  withCapabilities,
} from "@alloc/core";
import { Wrapper } from "../wrapper.ts";
import { type AllocRequest, type FaultPolicy, predicateOf, type RequestCall } from "./policy.ts";

/** An allocator some of whose requests fail. It can all that `A` can. */
export type Failing<A extends Allocator> = Can<CapabilitiesOf<A>> & {
  readonly inner: A;
  /** Requests so far, those that failed among them. */
  readonly numRequests: number;
  /** Requests that failed by the policy; not those that the inner allocator had no room for. */
  readonly numFailed: number;
};

/** Words of `counters`. */
const REQUESTS = 0;
const FAILED = 1;

class FailingMachine extends Wrapper {
  readonly policy: FaultPolicy;
  readonly fails: (request: AllocRequest) => boolean;
  readonly counters: Float64Array;

  constructor(inner: Can<Capability>, policy: FaultPolicy) {
    super(inner);
    this.policy = policy;
    this.fails = predicateOf(policy);
    this.counters = inner.memory.words(Float64Array, 2);
  }

  get numRequests(): number {
    return this.counters[REQUESTS]!;
  }

  get numFailed(): number {
    return this.counters[FAILED]!;
  }

  override allocate(layout: Layout): Ptr | Null {
    return this.refuses("allocate", layout) ? 0 : this.inner.allocate(layout);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    return this.refuses("allocateZeroed", layout) ? 0 : this.inner.allocateZeroed(layout);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireBlock("grow", ptr, from);
    return this.refuses("grow", to) ? 0 : this.inner.grow(ptr, from, to);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireBlock("growZeroed", ptr, from);
    return this.refuses("growZeroed", to) ? 0 : this.inner.growZeroed(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireBlock("shrink", ptr, from);
    return this.refuses("shrink", to) ? 0 : this.inner.shrink(ptr, from, to);
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireBlock("resizeInPlace", ptr, from);
    return !this.refuses("resizeInPlace", to) && this.inner.resizeInPlace(ptr, from, to);
  }

  override describeSelf(): SelfDescription {
    const { policy, counters } = this;
    return { kind: "failing", options: typeof policy === "function" ? {} : { ...policy }, state: { counters } };
  }

  /** Counts a request, and tells whether it fails. */
  refuses(call: RequestCall, layout: Layout): boolean {
    requireLayout(layout, call);
    if (layout.size === 0) return false;
    const { counters } = this;
    const index = counters[REQUESTS]! + 1;
    counters[REQUESTS] = index;
    if (!this.fails({ index, call, layout })) return false;
    counters[FAILED]! += 1;
    return true;
  }
}

/** A request that fails does not reach the inner allocator; but NULL for a block is misuse of any. */
function requireBlock(call: RequestCall, ptr: Ptr, from: Layout): void {
  if ((ptr as number) === 0 && from.size !== 0) throw nullPointer(call);
}

/**
 * Makes requests of an allocator fail by a policy, as if there were no room. It can all that the allocator can, owns it, and
 * disposes it with itself.
 *
 * Counted are `allocate`, `allocateZeroed`, `grow`, `growZeroed`, `shrink` and `resizeInPlace`, in one sequence from 1 on:
 * each of them may fail, also where the inner allocator would have resized in place. Of size 0 nothing is. A request that
 * fails does not reach the inner allocator, so misuse in it is not seen.
 *
 * Cost: one call and one object for each request; two words.
 *
 * Source: `FailingAllocator` of Zig, which counts allocations and resizes apart.
 *
 * @throws `RangeError` if a number of the policy cannot be, `TypeError` if it is no policy
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 * import { failing } from "@alloc/testkit";
 *
 * using heap = failing(system(), { at: 2 });
 * const layout = Layout.of(40);
 * const ptr = orThrow(heap.allocate(layout), layout);
 * heap.grow(ptr, layout, Layout.of(400)); // => 0
 * heap.sizeAt(ptr); // => 40
 * heap.deallocate(ptr, layout);
 * [heap.numRequests, heap.numFailed]; // => [2, 1]
 * ```
 */
export function failing<A extends Allocator>(inner: A, policy: FaultPolicy): Failing<A> {
  const Machine = withCapabilities(FailingMachine, (capability) => can(inner, capability));
  return new Machine(inner as unknown as Can<Capability>, policy) as unknown as Failing<A>;
}
