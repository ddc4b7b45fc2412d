/**
 * Custody: which blocks of a guard are live, how they come, and how they end.
 *
 *     inner allocator ── obtain ──▶ live ── bury ──▶ quarantine ──▶ inner allocator
 *                                    └────── end of the scope ──▶ forgotten
 *
 * To learn that a scope has ended, a guard defers its own end there before all else: drops run last in, first out, so it runs after
 * those of the program, which have released what they will.
 *
 * Whatever the inner allocator throws, a block is in one of these places: what was obtained goes back, and what was not released
 * stays live. If the inner allocator was reset by someone else, nothing is given back to it: what lies there now may be another's.
 *
 * Stacks belong to their realm, so the live blocks are a Map, and no words.
 *
 * @module
 */
import {
  type Allocator,
  attempt,
  type Can,
  type Capability,
  can,
  endsAsOne,
  hide,
  type Layout,
  type MisuseCode,
  MisuseError,
  type Null,
  type Ptr,
  requireLayout,
  rethrow,
  undoing,
} from "@alloc/core";
import { Stack } from "../stack.ts";
import { Watcher } from "../watcher.ts";
import { type GuardError, guardError } from "./guard-error.ts";
import { Guards } from "./guards.ts";
import { type Ending, frontOf, type Held, wholeOf } from "./held.ts";
import { findLateWrite, findOverflow, paintDead, paintFresh, paintZones } from "./paint.ts";
import { Past } from "./past.ts";
import { Quarantine } from "./quarantine.ts";

/** The options of a guard, all of them. */
export interface GuardSettings {
  readonly redZone: number;
  readonly quarantine: number;
  readonly stackDepth: number;
}

const SEES: readonly MisuseCode[] = ["double-free", "interior-pointer", "foreign-pointer", "wrong-layout"];
const SEES_IN_BYTES: readonly MisuseCode[] = ["overflow", "write-after-free"];
const SEES_OF_SCOPES: readonly MisuseCode[] = ["closed-scope", "open-scope"];
/** Faults that one error tells of at most. */
const MOST_FAULTS = 20;

export abstract class Custody extends Watcher {
  override readonly detects: readonly MisuseCode[];
  /** What it tells of its blocks is what was asked for, whatever they have. */
  override readonly isExact: boolean;
  readonly settings!: GuardSettings;
  readonly redZone!: number;
  /** By address. */
  readonly live!: Map<Ptr, Held>;
  readonly past!: Past;
  readonly quarantine!: Quarantine;
  readonly guards!: Guards;
  /** Whether the inner allocator is a scope, whose end ends all blocks; and whether that will be told. */
  readonly isScope!: boolean;
  awaitsEnd!: boolean;
  innerEpoch!: number;
  /** The call that ends the scope, where that went through this guard. */
  endedBy!: Stack | undefined;

  constructor(inner: Can<Capability>, settings: GuardSettings, past = new Past()) {
    super(inner);
    const isScope = can(inner, "defer");
    this.detects = [...SEES, ...(inner.memory.hasBytes ? SEES_IN_BYTES : []), ...(isScope ? SEES_OF_SCOPES : [])];
    this.isExact = true;
    const live = new Map<Ptr, Held>();
    hide(this, {
      settings,
      redZone: settings.redZone,
      live,
      past,
      quarantine: new Quarantine(inner, settings.quarantine),
      guards: new Guards(live),
      isScope,
      awaitsEnd: false,
      innerEpoch: inner.epoch,
      endedBy: undefined,
    });
  }

  get bytesLive(): number {
    this.refresh();
    let sum = 0;
    for (const { layout } of this.live.values()) sum += layout.size;
    return sum;
  }

  /** Returns the live block at an address that a layout fits, or throws what is wrong with either, or with its zones. */
  fitting(ptr: Ptr, given: Layout, call: string): Held {
    requireLayout(given, call);
    const held = this.liveAt(ptr);
    const { layout } = held;
    const { size, align } = given;
    if (size !== layout.size || (align !== layout.align && align !== 1)) {
      throw guardError("wrong-layout", `took % for one of ${size} bytes, align ${align}`, held);
    }
    const overflow = findOverflow(this.memory, held);
    if (overflow !== undefined) throw overflow;
    return held;
  }

  liveAt(ptr: Ptr): Held {
    this.refresh();
    const held = this.live.get(ptr);
    if (held === undefined) throw this.past.diagnose(ptr, this.live.values(), this.guards.ownerOf(ptr));
    return held;
  }

  /** Throws unless it is given a layout, and forgets what the inner allocator has forgotten. */
  ready(layout: Layout, call: string): void {
    requireLayout(layout, call);
    this.refresh();
  }

  obtain(layout: Layout, zeroed: boolean, origin: Pick<Held, "ordinal" | "allocated">): Held | undefined {
    const front = frontOf(layout.align, this.redZone);
    const whole = wholeOf(front, layout.size, layout.align, this.redZone);
    if (whole === undefined) return undefined;
    const room = this.roomOf(whole);
    this.awaitEnd();
    let base = this.ask(whole, zeroed);
    if (base === 0 && this.quarantine.blocks.size > 0 && this.inner.usableSize(whole) !== 0) {
      this.quarantine.flush();
      base = this.ask(whole, zeroed);
    }
    if (base === 0) return undefined;
    const { ordinal, allocated } = origin;
    const held: Held = { ordinal, allocated, ptr: (base + front) as Ptr, layout, whole, base, room };
    undoing(
      () => {
        if (!zeroed) paintFresh(this.memory, held, 0);
        paintZones(this.memory, held);
      },
      () => this.inner.deallocate(held.base, whole),
    );
    this.live.set(held.ptr, held);
    this.guards.list();
    return held;
  }

  ask(whole: Layout, zeroed: boolean): Ptr | Null {
    return zeroed ? this.inner.allocateZeroed(whole) : this.inner.allocate(whole);
  }

  /** Returns the bytes that every inner block of a layout has. */
  roomOf(whole: Layout): number {
    return Math.max(whole.size, this.inner.usableSize(whole));
  }

  /** Gives a block that was just obtained back. */
  giveBack(held: Held): void {
    this.live.delete(held.ptr);
    this.inner.deallocate(held.base, held.whole);
  }

  /**
   * Takes a block out of the live ones; there is room for it in the quarantine. It goes first and comes back if the inner allocator
   * refuses it: so a call that comes in between finds it released.
   */
  bury(held: Held, ending: Ending, stack: Stack): void {
    const { epoch } = this.inner;
    this.live.delete(held.ptr);
    this.past.add(Object.assign(held, { ending, ended: stack }));
    undoing(
      () => this.quarantine.take(held),
      () => {
        if (this.inner.epoch !== epoch) return;
        this.past.remove(held);
        this.live.set(held.ptr, Object.assign(held, { ending: undefined, ended: undefined }));
      },
    );
    this.guards.unlist();
  }

  /** Throws if user code that ran in the middle of a call, in the inner allocator, has ended the block of the call. */
  requireStill(held: Held, call: string): void {
    if (this.live.get(held.ptr) === held) return;
    throw new MisuseError(
      "reentrant",
      `${call} of the block at ${held.ptr} ended that block itself, from a function it called`,
    );
  }

  /** Has the end of the scope told, if the inner allocator is one. */
  awaitEnd(): void {
    if (!this.isScope || this.awaitsEnd) return;
    // It may be told when this guard was disposed long since: a scope that was lent to it lives on.
    this.inner.defer(() => {
      const errors: unknown[] = [];
      if (this.awaitsEnd) this.finish(errors);
      rethrow(errors);
    });
    this.awaitsEnd = true;
  }

  /** Forgets what the inner allocator has forgotten without being asked here: it was lent, or its parent was disposed. */
  refresh(): void {
    if (this.innerEpoch === this.inner.epoch) return;
    this.innerEpoch = this.inner.epoch;
    // Of several children one may have been reset and not the other: then what is live stays so, until it is released.
    this.quarantine.clear();
    if (endsAsOne(this.inner)) this.end(new Stack(this.refresh, 0));
  }

  /** Ends all blocks. Returns them: those whose inner blocks are still live, and have to be given back if nothing else ends them. */
  end(ended: Stack): Held[] {
    const all = [...this.live.values(), ...this.quarantine.blocks];
    const ending = this.isScope ? "ended with its scope" : "was forgotten by a reset";
    for (const held of this.live.values()) this.past.add(Object.assign(held, { ending, ended }));
    this.live.clear();
    this.quarantine.clear();
    this.awaitsEnd = false;
    this.guards.unlist();
    return all;
  }

  /**
   * Ends all blocks while their bytes are still there, and notes what is found in them. Returns what `end` returns.
   */
  finish(errors: unknown[]): Held[] {
    this.refresh();
    const ended = this.endedBy ?? this.stackOf(this.finish);
    attempt(errors, () => {
      let more = 0;
      for (const fault of this.faults()) {
        if (errors.length < MOST_FAULTS) errors.push(fault);
        else more++;
      }
      if (more > 0) errors.push(new Error(`and ${more} more faults`));
    });
    attempt(errors, () => {
      for (const held of this.live.values()) paintDead(this.memory, held);
    });
    return this.end(ended);
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

/** Gives inner blocks back one by one, and notes what that throws. */
export function giveAllBack(inner: Allocator, all: readonly Held[], errors: unknown[]): void {
  for (const { base, whole } of all) {
    attempt(errors, () => inner.deallocate(base, whole));
  }
}
