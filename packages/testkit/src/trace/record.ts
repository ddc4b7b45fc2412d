/**
 * record: an allocator that writes down what is asked of it, as a trace.
 *
 *     allocate(40)   ──▶ inner ──▶ ptr 65536 ──▶ a 0 40        the id of 65536 is 0
 *     grow(…, 80)    ──▶ inner ──▶ ptr 65600 ──▶ r 0 80        the id of 65600 is 0
 *     allocate(2³¹)  ──▶ inner ──▶ NULL                        nothing happened
 *     reset()        ──▶ inner           ──▶ f 0
 *
 * An event is written down when the inner allocator has answered, so misuse that it detects is none. Blocks are known by their
 * addresses, which no two live blocks share.
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
  withCapabilities,
} from "@alloc/core";
import { Wrapper } from "../wrapper.ts";
import { Columns } from "./columns.ts";
import { ALLOCATE, ALLOCATE_ZEROED, RELEASE, RESIZE, type Trace } from "./format.ts";
import { completeTrace } from "./ledger.ts";

/** The format says nothing of an align up to this one. */
const USUAL_ALIGN = 16;

/** An allocator that writes down what is asked of it. It can all that `A` can. */
export type Recorded<A extends Allocator> = Can<CapabilitiesOf<A>> & {
  readonly inner: A;
  /** Answers what was asked so far as a trace; what is still live is released at its end. O(events). */
  trace(): Trace;
};

class RecordMachine extends Wrapper {
  readonly fields: Readonly<Record<string, string>>;
  /** What was asked. It belongs to the realm that records, and not to the memory. */
  readonly events: Columns = new Columns();
  /** The ids of the live blocks by address. */
  readonly live: Map<number, number> = new Map();
  ids = 0;

  constructor(inner: Can<Capability>, fields: Readonly<Record<string, string>>) {
    super(inner);
    this.fields = fields;
  }

  override allocate(layout: Layout): Ptr | Null {
    const ptr = this.inner.allocate(layout);
    this.served(ALLOCATE, ptr, layout);
    return ptr;
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    const ptr = this.inner.allocateZeroed(layout);
    this.served(ALLOCATE_ZEROED, ptr, layout);
    return ptr;
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const next = this.inner.grow(ptr, from, to);
    this.resized(ALLOCATE, ptr, from, next, to);
    return next;
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const next = this.inner.growZeroed(ptr, from, to);
    this.resized(ALLOCATE_ZEROED, ptr, from, next, to);
    return next;
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    const next = this.inner.shrink(ptr, from, to);
    this.resized(ALLOCATE, ptr, from, next, to);
    return next;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    this.inner.deallocate(ptr, layout);
    this.released(ptr, layout);
  }

  override reset(): void {
    this.inner.reset();
    for (const id of [...this.live.values()].sort((a, b) => a - b)) this.events.push(RELEASE, id, 0, 0);
    this.live.clear();
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    const done = this.inner.resizeInPlace(ptr, from, to);
    if (done) this.resized(ALLOCATE, ptr, from, ptr, to);
    return done;
  }

  override describeSelf(): SelfDescription {
    return { kind: "record", options: { ...this.fields }, state: {} };
  }

  trace(): Trace {
    return completeTrace(this.events, this.fields);
  }

  served(kind: number, ptr: Ptr | Null, layout: Layout): void {
    if (ptr === 0 || layout.size === 0) return;
    this.forget(ptr);
    this.live.set(ptr, this.ids);
    this.events.push(kind, this.ids++, layout.size, recordedAlign(layout));
  }

  released(ptr: Ptr, layout: Layout): void {
    if (layout.size !== 0) this.forget(ptr);
  }

  /** A change of the align, which a resize of the format has not, is a release and an allocation. */
  resized(kind: number, ptr: Ptr, from: Layout, next: Ptr | Null, to: Layout): void {
    if (next === 0) return;
    const id = from.size === 0 ? undefined : this.live.get(ptr);
    if (id === undefined || to.size === 0 || recordedAlign(from) !== recordedAlign(to)) {
      this.released(ptr, from);
      this.served(kind, next, to);
      return;
    }
    this.live.delete(ptr);
    this.forget(next);
    this.live.set(next, id);
    this.events.push(RESIZE, id, to.size, 0);
  }

  /** Releases the block at an address. One that is there where another is handed out has been released past the recorder. */
  forget(ptr: Ptr): void {
    const id = this.live.get(ptr);
    if (id === undefined) return;
    this.live.delete(ptr);
    this.events.push(RELEASE, id, 0, 0);
  }
}

function recordedAlign({ align }: Layout): number {
  return align > USUAL_ALIGN ? align : 0;
}

/**
 * Records what is asked of an allocator, as a trace that can be replayed, minimised and written. The answers are those of the
 * inner allocator, and so is what it can do. It owns the inner allocator and disposes it with itself; after that the trace is
 * gone too.
 *
 * A request that found no room or was misuse is not in the trace, and neither is size 0: a grow from it is an allocation, a
 * shrink to it a release. A reset releases every block, in the order of ids. The zeroes of a `growZeroed` are not in the
 * format; a resize that changes the align from or to more than 16 is a release and an allocation. A block that was handed out
 * before, or past the recorder, is in the trace from its first resize on.
 *
 * Cost: 13 bytes an event, and an entry of a map for each live block.
 *
 * @param inner - the allocator to record
 * @param fields - what the header shall say: `name`, `program`, …
 * @example
 * ```ts
 * import { Layout, orThrow } from "@alloc/core";
 * import { system } from "@alloc/global";
 * import { record } from "@alloc/testkit";
 *
 * using heap = record(system(), { name: "tiny" });
 * const ptr = orThrow(heap.allocate(Layout.of(40)), Layout.of(40));
 * const next = orThrow(heap.grow(ptr, Layout.of(40), Layout.of(80)), Layout.of(80));
 * heap.deallocate(next, Layout.of(80));
 * const { length, header } = heap.trace();
 * length; // => 3
 * header.peak; // => 80
 * ```
 */
export function record<A extends Allocator>(inner: A, fields: Readonly<Record<string, string>> = {}): Recorded<A> {
  const Machine = withCapabilities(RecordMachine, (capability) => can(inner, capability));
  return new Machine(inner as unknown as Can<Capability>, fields) as unknown as Recorded<A>;
}
