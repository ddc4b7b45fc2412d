/**
 * Leaks: an allocator that records its live blocks and where they were allocated.
 *
 *     allocate      ──▶  ledger    #1  64 bytes at 65536     parse ← load ← main
 *     grow, shrink  ──▶            #1 128 bytes at 65664     the same block, wherever it lies
 *     deallocate    ──▶            –
 *                                  the blocks that stay are leaks
 *
 * Each block has an ordinal, counted from 1 in the order of the requests. A resize keeps the ordinal and the stack. So a scope is
 * one number: blocks allocated in it have a higher ordinal than the last block before it.
 *
 * The ledger holds stacks, which belong to their realm, so it is a Map and uses no words.
 *
 * @module
 */
import {
  type Allocator,
  ArgumentError,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  type Disposable,
  type Layout,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import {
  disposeKey,
  hide,
  nameOf,
  requireAllocator,
  requireLayout,
  requireOptions,
  shown,
  type Wrapping,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import type { LiveBlock } from "../block.ts";
import { depthOf, stackOf } from "../stack.ts";
import { type Resize, Watcher } from "../watcher.ts";
import { LeakError } from "./leak-error.ts";
import { Ledger, ledgersInUse } from "./ledger.ts";

/** Options of {@link leaks}. */
export interface LeaksOptions {
  /**
   * Stack frames kept per block: an integer from 0. 0 keeps none, which costs nothing.
   *
   * @defaultValue 10
   */
  readonly stackDepth?: number;
  /** 1 to 40 printable characters, for reports, errors and `find`. Default: that of the inner allocator, in reports. */
  readonly name?: string;
}

/** An allocator that records its live blocks. It supports the capabilities of `A`. */
export type Leaks<A extends Allocator> = Wrapping<A> &
  Can<CapabilitiesOf<A>> & {
    /** The live blocks, the oldest first; none after `dispose`. */
    readonly live: readonly LiveBlock[];
    /** Requested bytes of the live blocks. */
    readonly bytesLive: number;
    /**
     * Opens a scope that must leave nothing behind: when it ends, it throws a {@link LeakError} if a block allocated in it is still
     * live. Older blocks may stay, or grow. Scopes may nest and overlap.
     *
     * If the body of the scope threw as well, JavaScript throws a `SuppressedError` of both, whose `suppressed` is the first error.
     * So put the scope into the test, not into the code under test.
     *
     * @example
     * ```ts
     * import { Layout } from "@alloc/core";
     * import { system } from "@alloc/global";
     * import { leaks } from "@alloc/proxy";
     *
     * using heap = leaks(system());
     * function test() {
     *   using _ = heap.expectNone();
     *   heap.allocate(Layout.of(40));
     * }
     * let message = "";
     * try {
     *   test();
     * } catch (error) {
     *   message = String(error);
     * }
     * message.split("\n")[0]; // => "LeakError: 1 block of 40 bytes is still live"
     * ```
     */
    expectNone(): Disposable;
  };

class LeaksMachine extends Watcher {
  readonly depth!: number;
  readonly ledger!: Ledger;

  constructor(inner: Can<Capability>, depth: number, name: string | undefined) {
    super(inner);
    hide(this, { depth, ledger: new Ledger(inner, name) });
  }

  get live(): readonly LiveBlock[] {
    return this.ledger.since(0);
  }

  get bytesLive(): number {
    return this.ledger.bytes();
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    const block = this.ledger.at(ptr);
    const done = this.inner.resizeInPlace(ptr, from, to);
    if (done) this.ledger.move(block, ptr, ptr, to);
    return done;
  }

  override describeSelf(): SelfDescription {
    return { kind: "leaks", options: { stackDepth: this.depth }, state: {} };
  }

  override request(layout: Layout, zeroed: boolean): Ptr | Null {
    requireLayout(layout, zeroed ? "allocateZeroed" : "allocate");
    const ptr = zeroed ? this.inner.allocateZeroed(layout) : this.inner.allocate(layout);
    if (ptr !== 0) this.ledger.add(ptr, layout, stackOf(zeroed ? this.allocateZeroed : this.allocate, this.depth));
    return ptr;
  }

  override resize(how: Resize, ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const block = this.ledger.at(ptr);
    const next = this.inner[how](ptr, from, to);
    if (next !== 0) this.ledger.move(block, ptr, next, to);
    return next;
  }

  override release(ptr: Ptr, layout: Layout): void {
    const block = this.ledger.at(ptr);
    this.inner.deallocate(ptr, layout);
    this.ledger.remove(block, ptr);
  }

  override forget(): void {
    this.ledger.clear();
  }

  expectNone(): Disposable {
    const { ledger } = this;
    const { ordinal } = ledger;
    let isOpen = true;
    const dispose = () => {
      const live = isOpen ? ledger.since(ordinal) : [];
      isOpen = false;
      refuse(live);
    };
    return { dispose, [disposeKey]: dispose };
  }
}

function watch<A extends Allocator>(inner: A, options: LeaksOptions = {}): Leaks<A> {
  requireAllocator("leaks", inner, "leaks(allocator)");
  requireOptions("leaks(allocator, { stackDepth })", options, ["stackDepth", "name"]);
  const depth = depthOf(options.stackDepth);
  const Machine = withCapabilities(LeaksMachine, (capability) => can(inner, capability));
  const make = () => new Machine(inner as unknown as Can<Capability>, depth, options.name ?? nameOf(inner));
  return withName(options, make) as unknown as Leaks<A>;
}

/**
 * Throws a {@link LeakError} that lists the live blocks, if there are any. For the end of a test run.
 *
 * @param heaps - the heaps to check. Default: all `leaks` of this realm that were not disposed, including those of other copies
 *   of this package
 */
function check(...heaps: readonly Pick<Leaks<Allocator>, "live">[]): void {
  const named = heaps.flatMap((heap) => {
    const live: readonly LiveBlock[] | undefined = Object(heap).live;
    if (Array.isArray(live)) return live as readonly LiveBlock[];
    throw new ArgumentError(
      `leaks.check expects heaps made by leaks, got ${shown(heap)}: write leaks.check(leaks(heap))`,
    );
  });
  refuse(heaps.length > 0 ? named : [...ledgersInUse()].flatMap((ledger) => ledger.since(0)));
}

function refuse(live: readonly LiveBlock[]): void {
  if (live.length > 0) throw new LeakError(live);
}

/**
 * Records the live blocks of an allocator, each with the stack of its allocation. Results, addresses, capabilities and detected
 * misuse are those of the inner allocator. It owns the inner allocator and disposes it with itself; lend that with `byRef()` to
 * keep it. Direct calls of the inner allocator are not seen.
 *
 * `leaks.check(heap)` throws a {@link LeakError} if blocks are live; without arguments it checks all `leaks` of this realm, for
 * the end of a test run. `heap.expectNone()` is a scope for one test, which throws at its end if blocks stay. The capability
 * `check` of the heap is something else: it looks for corrupt bookkeeping; live blocks are not a fault. `reset` and `dispose`
 * end all blocks and report nothing, so check before them.
 *
 * Cost: some microseconds per request for the stack, and some hundred bytes per live block; with `stackDepth: 0` a Map entry. A
 * heap dropped without `dispose` while it has live blocks is kept, so that they are reported.
 *
 * Source: the leak report of Zig's DebugAllocator, which does not group; the regions of `stats_alloc`.
 *
 * @param inner - the allocator to watch
 * @param options - `stackDepth`: stack frames kept per block; `name`: for reports, errors and `find`
 * @returns the watched allocator
 * @throws `LayoutError` if `stackDepth` is out of bounds
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 * import { leaks } from "@alloc/proxy";
 *
 * using heap = leaks(system());
 * const layout = Layout.of(40);
 * const parse = () => orThrow(heap.allocate(layout), layout);
 * const ptr = parse();
 * heap.live.length; // => 1
 * heap.live[0]!.stack.includes("parse"); // => true
 * heap.deallocate(ptr, layout);
 * leaks.check(heap); // throws nothing
 * ```
 */
export const leaks: {
  // A type of one signature, from which a chain's `pipe` infers; the intersection with `typeof watch` is none.
  <A extends Allocator>(inner: A, options?: LeaksOptions): Leaks<A>;
  readonly check: typeof check;
} = /* @__PURE__ */ Object.assign(watch, { check });
