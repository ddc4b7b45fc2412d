/**
 * Columns: events in typed arrays that grow on demand.
 *
 *     kinds    │ 0 │ 0 │ 2 │ 3 │   │   │      1 byte per event
 *     ids      │ 0 │ 1 │ 0 │ 0 │   │   │      4
 *     sizes    │ 40│ 16│ 80│ 0 │   │   │      4
 *     aligns   │ 0 │ 0 │ 0 │ 0 │   │   │      4
 *                           length ┘   └ capacity
 *
 * @module
 */
import type { Events } from "./format.ts";

const LEAST_CAPACITY = 64;

export class Columns implements Events {
  length = 0;
  kinds: Uint8Array;
  ids: Uint32Array;
  sizes: Uint32Array;
  aligns: Uint32Array;

  /** @param capacity - events to reserve space for; doubles when used up */
  constructor(capacity = 0) {
    this.kinds = new Uint8Array(capacity);
    this.ids = new Uint32Array(capacity);
    this.sizes = new Uint32Array(capacity);
    this.aligns = new Uint32Array(capacity);
  }

  /** Makes columns with an exact-size copy of the events. */
  static of(events: Events): Columns {
    const copy = new Columns(events.length);
    copy.pushAll(events);
    return copy;
  }

  push(kind: number, id: number, size: number, align: number): void {
    const index = this.length;
    if (index === this.kinds.length) this.reserve(index + 1);
    this.kinds[index] = kind;
    this.ids[index] = id;
    this.sizes[index] = size;
    this.aligns[index] = align;
    this.length++;
  }

  pushAll(events: Events): void {
    const { length } = this;
    if (length + events.length > this.kinds.length) this.reserve(length + events.length);
    this.kinds.set(events.kinds.subarray(0, events.length), length);
    this.ids.set(events.ids.subarray(0, events.length), length);
    this.sizes.set(events.sizes.subarray(0, events.length), length);
    this.aligns.set(events.aligns.subarray(0, events.length), length);
    this.length += events.length;
  }

  /** Reserves space for at least `length` events, and for at least twice the current capacity. */
  reserve(length: number): void {
    const wider = new Columns(Math.max(length, 2 * this.kinds.length, LEAST_CAPACITY));
    wider.pushAll(this);
    Object.assign(this, wider);
  }
}
