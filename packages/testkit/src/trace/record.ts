/**
 * record: an allocator that records all requests as a trace.
 *
 *     allocate(40)   ──▶ inner ──▶ ptr 65536 ──▶ a 0 40        the id of 65536 is 0
 *     grow(…, 80)    ──▶ inner ──▶ ptr 65600 ──▶ r 0 80        the id of 65600 is 0
 *     allocate(2³¹)  ──▶ inner ──▶ NULL                        not recorded
 *     reset()        ──▶ inner           ──▶ f 0
 *
 * An event is recorded after the inner allocator has returned, so misuse it detects is not recorded. Blocks are identified by
 * address, which no two live blocks share.
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
import { Forwarder, requireAllocator, type Wrapping, withCapabilities } from "@alloc/core/author";
import { requireFields } from "../arguments.ts";
import { completeTrace } from "./census.ts";
import { Columns } from "./columns.ts";
import { ALLOCATE, ALLOCATE_ZEROED, RELEASE, RESIZE, type Trace } from "./format.ts";

/** Aligns up to this one are not recorded. */
const USUAL_ALIGN = 16;

/** An allocator that records its requests. It has the capabilities of `A`. */
export type Recorded<A extends Allocator> = Wrapping<A> &
  Can<CapabilitiesOf<A>> & {
    /** Returns the requests so far as a trace; blocks still live are released at its end. O(events). */
    trace(): Trace;
  };

class RecordMachine extends Forwarder {
  readonly fields: Readonly<Record<string, string>>;
  /** The recorded events. They belong to the recording realm, not to the memory. */
  readonly events: Columns = new Columns();
  /** Ids of the live blocks by address. */
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

  /** Records a resize; as a release and an allocation if the align changes, because a resize in the format has none. */
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

  /**
   * Records the release of the block at an address. A block found at an address handed out again was released without the
   * recorder.
   */
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
 * Records the requests of an allocator as a trace that can be replayed, minimised and written. The result forwards to the inner
 * allocator, has its capabilities, owns it and disposes it; the trace is lost then.
 *
 * Failed requests, misuse and size 0 are not recorded: a grow from size 0 becomes an allocation, a shrink to it a release. A
 * reset releases every block, in order of ids. The zeroing of a `growZeroed` is not in the format; a resize that changes the
 * align from or to more than 16 becomes a release and an allocation. A block handed out before, or without the recorder, appears
 * from its first resize on.
 *
 * Cost: 13 bytes per event, and a map entry per live block.
 *
 * @param inner - the allocator to record
 * @param fields - keys for the header: `name`, `program`, …
 * @returns the recording allocator
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
  requireAllocator("record", inner, "record(allocator)");
  requireFields("record(allocator, { name })", fields);
  const Machine = withCapabilities(RecordMachine, (capability) => can(inner, capability));
  return new Machine(inner as unknown as Can<Capability>, fields) as unknown as Recorded<A>;
}
