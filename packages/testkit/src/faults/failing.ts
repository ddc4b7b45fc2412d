/**
 * Failing: an allocator that returns NULL on demand.
 *
 *     request 1  ─────────────────────▶ inner
 *     request 2  ─ refused by the policy ─▶ NULL; the inner allocator is not called
 *     request 3  ─────────────────────▶ inner
 *
 * A request that fails never reaches the inner allocator, so "NULL changes nothing" holds without further code. Size 0 does not
 * count, because it needs no memory; neither does a release (or a shrink to 0), because it cannot fail.
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
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  Forwarder,
  nullPointer,
  requireAllocator,
  requireLayout,
  type Wrapping,
  withCapabilities,
} from "@alloc/core/author";
import { type AllocRequest, type FaultPolicy, predicateOf, type RequestCall } from "./policy.ts";

/** An allocator with injected failures. It has the capabilities of `A`. */
export type Failing<A extends Allocator> = Wrapping<A> &
  Can<CapabilitiesOf<A>> & {
    /** Number of requests so far, including failed ones. */
    readonly numRequests: number;
    /** Number of requests failed by the policy; excludes those for which the inner allocator had no room. */
    readonly numFailed: number;
  };

/** Indices into `counters`. */
const REQUESTS = 0;
const FAILED = 1;

class FailingMachine extends Forwarder {
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

  /** Counts a request and returns whether it fails. */
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

/** Rejects NULL for a block, which is always misuse, even if the request fails and never reaches the inner allocator. */
function requireBlock(call: RequestCall, ptr: Ptr, from: Layout): void {
  if ((ptr as number) === 0 && from.size !== 0) throw nullPointer(call);
}

/**
 * Makes requests of an allocator fail by a policy, as if there were no room. The result has the capabilities of the allocator,
 * owns it and disposes it.
 *
 * `allocate`, `allocateZeroed`, `grow`, `growZeroed`, `shrink` and `resizeInPlace` are counted in one sequence from 1; each may
 * fail, even where the inner allocator would have resized in place. Requests of size 0 are not counted. A failed request does not
 * reach the inner allocator, so misuse in it goes undetected.
 *
 * Cost: one call and one object per request; two words.
 *
 * Source: Zig's `FailingAllocator`, which counts allocations and resizes separately.
 *
 * @param inner - the allocator to wrap
 * @param policy - which requests fail
 * @returns the wrapped allocator
 * @throws `ArgumentError` if it is not a policy, or a number of it is out of range
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
  requireAllocator("failing", inner, "failing(allocator, { at: 3 })");
  const Machine = withCapabilities(FailingMachine, (capability) => can(inner, capability));
  return new Machine(inner as unknown as Can<Capability>, policy) as unknown as Failing<A>;
}
