/**
 * Leaks: an allocator that knows what is live, and where it was asked for.
 *
 *     allocate      ──▶  ledger    #1  64 bytes at 65536     parse ← load ← main
 *     grow, shrink  ──▶            #1 128 bytes at 65664     the same block, wherever it lies
 *     deallocate    ──▶            –
 *                                  what stays is a leak
 *
 * Each block has an ordinal, counted from 1 in the order of the requests. A resize keeps it, and the stack. So what was
 * allocated since some moment is what has a higher ordinal than the last one then: a scope is one number.
 *
 * The ledger holds stacks, which belong to their realm: it is a Map, and no words.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  type Disposable,
  disposeKey,
  hide,
  type Layout,
  type Null,
  type Ptr,
  type SelfDescription,
  withCapabilities,
} from "@alloc/core";
import type { LiveBlock } from "../block.ts";
import { depthOf, Stack } from "../stack.ts";
import { type Resize, Watcher } from "../watcher.ts";
import { LeakError } from "./leak-error.ts";
import { Ledger, ledgersInUse } from "./ledger.ts";

export interface LeaksOptions {
  /** Frames of the stack that are kept with a block: an integer from 0. Default: 10. 0 keeps none, which costs nothing. */
  readonly stackDepth?: number;
}

/** An allocator that knows what is live. It can all that `A` can. */
export type Leaks<A extends Allocator> = Can<CapabilitiesOf<A>> & {
  readonly inner: A;
  /** The blocks that are live now, the oldest first; none after `dispose`. */
  readonly live: readonly LiveBlock[];
  /** Bytes of them, as they were last asked for. */
  readonly bytesLive: number;
  /**
   * Begins a scope that shall leave nothing behind: when it ends, a block that was allocated in it and is still live makes
   * it throw a {@link LeakError}. A block from before may stay, or grow. Scopes may nest and overlap.
   *
   * If what the scope holds has thrown as well, JavaScript makes a `SuppressedError` of both: `suppressed` is what was
   * thrown first. So write the scope into the test and not into the code that is tested.
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

  constructor(inner: Can<Capability>, depth: number) {
    super(inner);
    hide(this, { depth, ledger: new Ledger(inner) });
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
    const ptr = zeroed ? this.inner.allocateZeroed(layout) : this.inner.allocate(layout);
    if (ptr !== 0) this.ledger.add(ptr, layout, new Stack(zeroed ? this.allocateZeroed : this.allocate, this.depth));
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
    return {
      [disposeKey]() {
        const live = isOpen ? ledger.since(ordinal) : [];
        isOpen = false;
        refuse(live);
      },
    };
  }
}

function watch<A extends Allocator>(inner: A, options: LeaksOptions = {}): Leaks<A> {
  const depth = depthOf(options.stackDepth);
  const Machine = withCapabilities(LeaksMachine, (capability) => can(inner, capability));
  return new Machine(inner as unknown as Can<Capability>, depth) as unknown as Leaks<A>;
}

/**
 * Throws a {@link LeakError} that lists what is live, and says nothing if nothing is. For the end of a test run.
 *
 * @param heaps - whose blocks. Default: those of all `leaks` of this realm that were not disposed, also of other copies of this
 *   package
 */
function check(...heaps: readonly Pick<Leaks<Allocator>, "live">[]): void {
  const named = heaps.flatMap(({ live }) => live);
  refuse(heaps.length > 0 ? named : [...ledgersInUse()].flatMap((ledger) => ledger.since(0)));
}

function refuse(live: readonly LiveBlock[]): void {
  if (live.length > 0) throw new LeakError(live);
}

/**
 * Keeps what is live of an allocator, each block with the stack of its request. The answers are those of the inner
 * allocator, to the address, and so is what it can do and what misuse it detects. It owns the inner allocator and disposes it
 * with itself; lend that with `byRef()` to keep it. What is asked of the inner allocator directly is not seen.
 *
 * `leaks.check(heap)` throws a {@link LeakError} if something is live, and without a heap if something is in any `leaks` of
 * this realm: for the end of a test run. `heap.expectNone()` is a scope that throws when it ends and something stays: for
 * one test. It is not the capability `check` of the heap, which looks for faults of the bookkeeping: a live block is none. `reset`
 * and `dispose` end all blocks and report nothing, so check before them.
 *
 * Cost: some microseconds for the stack of each request, and some hundred bytes for each live block until it is released;
 * with `stackDepth: 0` an entry of a Map. A heap that has live blocks and was dropped without `dispose` is kept, to be
 * reported.
 *
 * Source: the leak report of Zig's DebugAllocator, which groups nothing; the regions of `stats_alloc`.
 *
 * @param inner - the allocator to watch
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
 * leaks.check(heap); // says nothing
 * ```
 */
export const leaks: typeof watch & { readonly check: typeof check } = /* @__PURE__ */ Object.assign(watch, { check });
