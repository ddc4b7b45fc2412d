/**
 * Custody: which blocks of a guard are live, how they come, and how they end.
 *
 *     inner allocator ── obtain ──▶ live ── bury ──▶ quarantine ──▶ inner allocator
 *                                    └────── end of the scope ──▶ forgotten
 *
 * How a guard gets to know that a scope has ended: it defers its own end there before all else, so that runs last, when the
 * drops of the program have released what they will.
 *
 * Stacks belong to their realm, so what is live is a Map, and no words.
 *
 * @module
 */
import { type Can, can, type Layout, type MisuseCode, type Null, type Power, type Ptr } from "@alloc/core";
import { attempt, rethrow } from "./attempt.ts";
import { type GuardError, guardError } from "./guard-error.ts";
import { type Ending, frontOf, type Held, wholeOf } from "./held.ts";
import { findLateWrite, findOverflow, paintDead, paintFresh, paintZones } from "./paint.ts";
import { Past } from "./past.ts";
import { Quarantine } from "./quarantine.ts";
import { Stack } from "./stack.ts";
import { Watcher } from "./watcher.ts";

/** The options of a guard, all of them. */
export interface GuardSettings {
  readonly redZone: number;
  readonly quarantine: number;
  readonly stackDepth: number;
}

const SEES: readonly MisuseCode[] = ["double-free", "interior-pointer", "foreign-pointer", "wrong-layout"];
const SEES_IN_BYTES: readonly MisuseCode[] = ["overflow", "write-after-free"];
const SEES_OF_SCOPES: readonly MisuseCode[] = ["closed-scope", "open-scope"];

export abstract class Custody extends Watcher {
  override readonly sees: readonly MisuseCode[];
  /** What it tells of its blocks is what was asked for, whatever they have. */
  override readonly isExact = true;
  readonly settings: GuardSettings;
  readonly redZone: number;
  /** By address. */
  readonly live = new Map<Ptr, Held>();
  readonly past: Past;
  readonly quarantine: Quarantine;
  /** Whether the inner allocator is a scope, whose end ends all blocks; and whether that will be told. */
  readonly isScope: boolean;
  awaitsEnd = false;
  /** The call that ends the scope, where that went through this guard. */
  endedBy: Stack | undefined;

  constructor(inner: Can<Power>, settings: GuardSettings, past = new Past()) {
    super(inner);
    this.isScope = can(inner, "defer");
    this.sees = [...SEES, ...(inner.memory.hasBytes ? SEES_IN_BYTES : []), ...(this.isScope ? SEES_OF_SCOPES : [])];
    this.settings = settings;
    this.redZone = settings.redZone;
    this.past = past;
    this.quarantine = new Quarantine(inner, settings.quarantine);
  }

  get bytesLive(): number {
    let sum = 0;
    for (const { layout } of this.live.values()) sum += layout.size;
    return sum;
  }

  /** Answers the live block at an address that a layout fits, or throws what is wrong with either, or with its zones. */
  fitting(ptr: Ptr, { size, align }: Layout): Held {
    const held = this.liveAt(ptr);
    const { layout } = held;
    if (size !== layout.size || (align !== layout.align && align !== 1)) {
      throw guardError("wrong-layout", `took % for one of ${size} bytes, align ${align}`, held);
    }
    const overflow = findOverflow(this.memory, held);
    if (overflow !== undefined) throw overflow;
    return held;
  }

  liveAt(ptr: Ptr): Held {
    const held = this.live.get(ptr);
    if (held === undefined) throw this.past.diagnose(ptr, this.live.values());
    return held;
  }

  obtain(layout: Layout, zeroed: boolean, origin: Pick<Held, "ordinal" | "allocated">): Held | undefined {
    const front = frontOf(layout.align, this.redZone);
    const whole = wholeOf(front, layout.size, layout.align, this.redZone);
    if (whole === undefined) return undefined;
    this.awaitEnd();
    let base = this.ask(whole, zeroed);
    if (base === 0 && this.quarantine.blocks.size > 0 && this.inner.usableSize(whole) !== 0) {
      this.quarantine.flush();
      base = this.ask(whole, zeroed);
    }
    if (base === 0) return undefined;
    const { ordinal, allocated } = origin;
    const held: Held = {
      ordinal,
      allocated,
      ptr: (base + front) as Ptr,
      layout,
      whole,
      base,
      room: this.roomOf(whole),
    };
    if (!zeroed) paintFresh(this.memory, held, 0);
    paintZones(this.memory, held);
    this.live.set(held.ptr, held);
    return held;
  }

  ask(whole: Layout, zeroed: boolean): Ptr | Null {
    return zeroed ? this.inner.allocateZeroed(whole) : this.inner.allocate(whole);
  }

  /** Answers the bytes that every inner block of a layout has. */
  roomOf(whole: Layout): number {
    return Math.max(whole.size, this.inner.usableSize(whole));
  }

  /** Takes a block out of the live ones; there is room for it in the quarantine. */
  bury(held: Held, ending: Ending, stack: Stack): void {
    this.live.delete(held.ptr);
    this.past.add(Object.assign(held, { ending, ended: stack }));
    this.quarantine.take(held);
  }

  /** Has the end of the scope told, if the inner allocator is one. */
  awaitEnd(): void {
    if (!this.isScope || this.awaitsEnd) return;
    // It may be told when this guard was disposed long since: a scope that was lent to it lives on.
    this.inner.defer(() => this.awaitsEnd && this.end());
    this.awaitsEnd = true;
  }

  /**
   * Ends all blocks, and throws what was found in them then.
   *
   * @param isKept - whether the inner allocator will not forget them itself, so that each has to be given back
   */
  end(isKept = false): void {
    const ended = this.endedBy ?? this.stackOf(this.end);
    const ending = this.isScope ? "ended with its scope" : "was forgotten by a reset";
    const errors: unknown[] = [...this.faults()];
    for (const held of this.live.values()) {
      this.past.add(Object.assign(held, { ending, ended }));
      paintDead(this.memory, held);
    }
    if (isKept) {
      const all = [...this.live.values(), ...this.quarantine.blocks];
      for (const { base, whole } of all) attempt(() => this.inner.deallocate(base, whole), errors);
    }
    this.live.clear();
    this.quarantine.clear();
    this.awaitsEnd = false;
    rethrow(errors);
  }

  /** Looks at the zones of all live blocks, and at the bytes of those in quarantine. */
  *faults(): Iterable<GuardError> {
    for (const held of this.live.values()) {
      const error = findOverflow(this.memory, held);
      if (error !== undefined) yield error;
    }
    for (const held of this.quarantine.blocks) {
      const error = findLateWrite(this.memory, held);
      if (error !== undefined) yield error;
    }
  }

  stackOf(above: (...args: never[]) => unknown): Stack {
    return new Stack(above, this.settings.stackDepth);
  }
}
