/**
 * Guard blocks: the live blocks of a guard, how they are created, and how they end.
 *
 *     inner allocator ── obtain ──▶ live ── retire ──▶ quarantine ──▶ inner allocator
 *                                    └────── end of the scope ──▶ forgotten
 *
 * To learn that a scope ended, the guard registers its own `defer` first: deferred callbacks run last in, first out, so it runs
 * after those of the program, which may still release blocks.
 *
 * Whatever the inner allocator throws, a block is in one of these places: one that was obtained is released, and one whose
 * release failed stays live. If the inner allocator was reset by another caller, nothing is released to it, because the memory
 * may have a new owner.
 *
 * Stacks belong to their realm, so the live blocks are kept in a Map and not in words.
 *
 * @module
 */
import {
  type Allocator,
  type Can,
  type Capability,
  can,
  type Layout,
  type MisuseCode,
  type Null,
  type Ptr,
} from "@alloc/core";
import { attempt, bytesText, endsAsOne, hide, LeafEpochs, misuseOf, requireLayout, rethrow } from "@alloc/core/author";
import { type Stack, stackOf } from "../stack.ts";
import { Watcher } from "../watcher.ts";
import { type Ending, Entry, frontOf, wholeOf } from "./entry.ts";
import { fillDead, fillFresh, fillZones, findLateWrite, findOverflow } from "./fills.ts";
import { type GuardError, guardError } from "./guard-error.ts";
import { Guards } from "./guards.ts";
import { History } from "./history.ts";
import { Quarantine } from "./quarantine.ts";

/** The options of a guard, with defaults applied. */
export interface GuardSettings {
  readonly redZone: number;
  readonly quarantine: number;
  readonly stackDepth: number;
}

const DETECTS: readonly MisuseCode[] = ["double-free", "interior-pointer", "foreign-pointer", "wrong-layout"];
const DETECTS_IN_BYTES: readonly MisuseCode[] = ["overflow", "write-after-free"];
const DETECTS_OF_SCOPES: readonly MisuseCode[] = ["closed-scope", "open-scope"];
/** The maximum number of faults per error. */
const MOST_FAULTS = 20;

export abstract class GuardBlocks extends Watcher {
  override readonly detects: readonly MisuseCode[];
  /** Reports requested sizes, not those of the inner allocator. */
  override readonly isExact: boolean;
  readonly settings!: GuardSettings;
  readonly redZone!: number;
  /** By address. */
  readonly live!: Map<Ptr, Entry>;
  readonly history!: History;
  readonly quarantine!: Quarantine;
  readonly guards!: Guards;
  /** Whether the inner allocator is a scope, whose end ends all blocks; and whether this guard is registered for it. */
  readonly isScope!: boolean;
  awaitsEnd!: boolean;
  innerEpoch!: number;
  /** Those of the leaves of the inner allocator then. */
  readonly leaves!: LeafEpochs;
  /** The stack of the call that ends the scope, if it went through this guard. */
  endedBy!: Stack | undefined;

  constructor(inner: Can<Capability>, settings: GuardSettings, shared?: History) {
    super(inner);
    const history = shared ?? new History(this);
    const isScope = can(inner, "defer");
    this.detects = [
      ...DETECTS,
      ...(inner.memory.hasBytes ? DETECTS_IN_BYTES : []),
      ...(isScope ? DETECTS_OF_SCOPES : []),
    ];
    this.isExact = true;
    const live = new Map<Ptr, Entry>();
    hide(this, {
      settings,
      redZone: settings.redZone,
      live,
      history,
      quarantine: new Quarantine(history.guard, inner, settings.quarantine),
      guards: new Guards(history.guard, live),
      isScope,
      awaitsEnd: false,
      innerEpoch: inner.epoch,
      leaves: new LeafEpochs(inner),
      endedBy: undefined,
    });
  }

  get bytesLive(): number {
    this.refresh();
    let sum = 0;
    for (const { layout } of this.live.values()) sum += layout.size;
    return sum;
  }

  /** Returns the live block at an address. Throws if there is none, the layout does not fit, or its zones are corrupt. */
  fitting(ptr: Ptr, given: Layout, call: string): Entry {
    requireLayout(given, call);
    const entry = this.liveAt(ptr);
    const { layout } = entry;
    const { size, align } = given;
    if (size !== layout.size || (align !== layout.align && align !== 1)) {
      throw guardError(
        this.history.guard,
        "wrong-layout",
        `took % for one of ${bytesText(size)}, align ${align}`,
        entry,
      );
    }
    const overflow = findOverflow(this.history.guard, entry);
    if (overflow !== undefined) throw overflow;
    return entry;
  }

  liveAt(ptr: Ptr): Entry {
    this.refresh();
    const entry = this.live.get(ptr);
    if (entry === undefined) throw this.history.diagnose(ptr, this.live.values(), this.guards.ownerOf(ptr));
    return entry;
  }

  /** Throws unless given a layout, and catches up with the inner allocator. */
  ready(layout: Layout, call: string): void {
    requireLayout(layout, call);
    this.refresh();
  }

  obtain(layout: Layout, zeroed: boolean, ordinal: number, allocated: Stack): Entry | undefined {
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
    this.refresh(); // a cascade may have reset a member for this block
    const entry = new Entry(ordinal, allocated, (base + front) as Ptr, layout, base, whole, room);
    try {
      if (!zeroed) fillFresh(this.memory, entry, 0);
      fillZones(this.memory, entry);
    } catch (error) {
      this.giveBack(entry, error);
    }
    this.live.set(entry.ptr, entry);
    this.guards.list();
    return entry;
  }

  ask(whole: Layout, zeroed: boolean): Ptr | Null {
    return zeroed ? this.inner.allocateZeroed(whole) : this.inner.allocate(whole);
  }

  /** Returns the least bytes of an inner block with a layout. */
  roomOf(whole: Layout): number {
    return Math.max(whole.size, this.inner.usableSize(whole));
  }

  /** Releases a block that was obtained, and throws the error for which it was of no use. */
  giveBack({ base, whole }: Entry, error: unknown): void {
    const errors = [error];
    attempt(errors, () => this.inner.deallocate(base, whole));
    rethrow(errors);
  }

  /** Releases a block that was just obtained. */
  discard(entry: Entry): void {
    this.live.delete(entry.ptr);
    this.inner.deallocate(entry.base, entry.whole);
  }

  /**
   * Retires a live block; the quarantine has room for it. The block is removed first and restored if the inner allocator refuses
   * it, so re-entrant calls find it released.
   */
  retire(entry: Entry, ending: Ending, stack: Stack): void {
    const { epoch } = this.inner;
    this.live.delete(entry.ptr);
    entry.end(ending, stack);
    this.history.add(entry);
    try {
      this.quarantine.take(entry);
    } catch (error) {
      if (this.inner.epoch === epoch) {
        entry.end(undefined, undefined);
        this.live.set(entry.ptr, entry);
      }
      throw error;
    }
    this.guards.unlist();
  }

  /** Throws if user code that ran in the middle of a call, in the inner allocator, has ended the block of the call. */
  requireStill(entry: Entry, call: string): void {
    if (this.live.get(entry.ptr) === entry) return;
    throw misuseOf(
      this.history.guard,
      "reentrant",
      `${call} of the block at ${entry.ptr} ended that block itself, from a function it called`,
    );
  }

  /** Registers for the end of the scope, if the inner allocator is one. */
  awaitEnd(): void {
    if (!this.isScope || this.awaitsEnd) return;
    this.refresh(); // would otherwise come after it, and end what is awaited: a second defer would run before the drops
    // It may run long after this guard was disposed: a lent scope lives on.
    this.inner.defer(() => {
      const errors: unknown[] = [];
      if (this.awaitsEnd) this.finish(errors);
      rethrow(errors);
    });
    this.awaitsEnd = true;
  }

  /** Ends the blocks that the inner allocator ended without a call here: it was lent, or its parent was disposed. */
  refresh(): void {
    if (this.innerEpoch === this.inner.epoch) return;
    this.innerEpoch = this.inner.epoch;
    const hasEnded = this.leaves.ended(false);
    this.end(stackOf(this.refresh, 0), endsAsOne(this.inner) ? undefined : hasEnded);
  }

  /**
   * Ends all blocks, or those for whose inner blocks a function returns true.
   *
   * @returns blocks whose inner blocks are still live, and must be released unless something else ends them
   */
  end(ended: Stack, hasEnded?: (base: Ptr) => boolean): Entry[] {
    const all = [...this.live.values(), ...this.quarantine.blocks].filter(({ base }) => hasEnded?.(base) ?? true);
    const ending = this.isScope ? "ended with its scope" : "was forgotten by a reset";
    for (const entry of all) {
      if (entry.isQueued) this.quarantine.remove(entry);
      else {
        this.live.delete(entry.ptr);
        entry.end(ending, ended);
        this.history.add(entry);
      }
    }
    if (hasEnded === undefined) this.awaitsEnd = false;
    this.guards.unlist();
    return all;
  }

  /** Ends all blocks while their bytes are still there, and collects the faults found in them. Returns the result of `end`. */
  finish(errors: unknown[]): Entry[] {
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
      for (const entry of this.live.values()) fillDead(this.memory, entry);
    });
    return this.end(ended);
  }

  /** Checks the zones of all live blocks, and the bytes of those in quarantine. */
  *faults(): Iterable<GuardError> {
    for (const entry of this.live.values()) {
      const error = findOverflow(this.history.guard, entry);
      if (error !== undefined) yield error;
    }
    for (const entry of this.quarantine.blocks) {
      const error = findLateWrite(this.history.guard, entry);
      if (error !== undefined) yield error;
    }
  }

  stackOf(above: (...args: never[]) => unknown): Stack {
    return stackOf(above, this.settings.stackDepth);
  }
}

/** Releases inner blocks one by one and collects errors. */
export function releaseAll(inner: Allocator, all: readonly Entry[], errors: unknown[]): void {
  for (const { base, whole } of all) {
    attempt(errors, () => inner.deallocate(base, whole));
  }
}
