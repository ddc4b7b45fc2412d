/**
 * Columns: events in typed arrays that grow as they are filled.
 *
 *     kinds    │ 0 │ 0 │ 2 │ 3 │   │   │      a byte an event
 *     ids      │ 0 │ 1 │ 0 │ 0 │   │   │      four
 *     sizes    │ 40│ 16│ 80│ 0 │   │   │      four
 *     aligns   │ 0 │ 0 │ 0 │ 0 │   │   │      four
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

  /** @param capacity - events that there is room for; it doubles when it is used up */
  constructor(capacity = 0) {
    this.kinds = new Uint8Array(capacity);
    this.ids = new Uint32Array(capacity);
    this.sizes = new Uint32Array(capacity);
    this.aligns = new Uint32Array(capacity);
  }

  /** Makes columns with a copy of some events, and no room for more. */
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

  /** Makes room for `length` events, and for twice as many as there was room for. */
  reserve(length: number): void {
    const wider = new Columns(Math.max(length, 2 * this.kinds.length, LEAST_CAPACITY));
    wider.pushAll(this);
    Object.assign(this, wider);
  }
}
