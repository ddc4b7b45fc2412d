/**
 * Cascade: a list of allocators that a factory creates, one more whenever none has room.
 *
 *     make(0)     make(1)     make(2)
 *     │▒▒▒▒▒▒▒│   │▒▒▒▒▒▒▒│   │▒▒▒    │   ◀── hint: the member that served the last call is asked first
 *     12 live     12 live      5 live         in words; a second empty member is disposed
 *
 * `owns` of the members finds the owner of a block, so no two members may claim the same address. The first member defines what
 * every member must guarantee: a layout it can never serve does not create a member, and a member that guarantees less for a
 * layout (a region whose start is badly aligned, say) is skipped for it. When two members are empty, the younger one is disposed.
 * One is kept, so a program at the edge of a member does not create and dispose one per block. An empty region is reset. Errors
 * that its drops throw are thrown by the next request that is not served at once, or by `trim`, `reset` or `dispose`.
 *
 * @module
 */
import {
  type Allocator,
  type BlockVisitor,
  type Can,
  type CapabilitiesOf,
  can,
  type Layout,
  type MisuseCode,
  type Null,
  type Ptr,
} from "@alloc/core";
import {
  attempt,
  blocksOf,
  hide,
  invariant,
  move,
  nullPointer,
  requireLayouts,
  requireOptions,
  rethrow,
  withCapabilities,
  withName,
} from "@alloc/core/author";
import { type Child, isInUse } from "../composable.ts";
import { type MakeMember, makeFirst, makeMember, orDiscard } from "./members.ts";
import { type CascadeOptions, requireMost } from "./options.ts";
import { Roster } from "./roster.ts";
import { FIRST, HINT, type SeatsOptions } from "./seats.ts";

type Kept<P> = Extract<P, "reset" | "resizeInPlace" | "sizeAt" | "blocks">;
/** Allocators of one kind behind one; members come and go as needed. */
export type Cascade<A extends Can<"owns">> = Can<"owns" | "check" | "trim" | Kept<CapabilitiesOf<A>>> & {
  /** The current members, the oldest first. */
  readonly members: readonly A[];
  readonly memory: A["memory"];
};

class CascadeMachine extends Roster {
  override readonly detects: readonly MisuseCode[];
  readonly make!: MakeMember<Allocator>;

  constructor(first: Child, make: MakeMember<Allocator>, options: SeatsOptions) {
    super(first, options);
    hide(this, { make });
    // By the time of a second release the member may be gone; the pointer is foreign then.
    const others = first.detects.filter((code) => code !== "double-free" && code !== "foreign-pointer");
    this.detects = ["foreign-pointer", ...others];
  }

  override allocate(layout: Layout): Ptr | Null {
    const bytes = layout != null && layout.size > 0 && layout.align > 0 ? this.usableSize(layout) : 0;
    if (bytes === 0) return this.allocateNothing(layout);
    const slot = this.live[0]!;
    const ptr = this.suits(slot, layout, bytes) ? this.ask(slot, layout, false) : 0;
    return ptr !== 0 ? ptr : this.search(layout, bytes, false);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    const bytes = layout != null && layout.size > 0 && layout.align > 0 ? this.usableSize(layout) : 0;
    if (bytes === 0) return this.allocateNothing(layout);
    const slot = this.live[0]!;
    const ptr = this.suits(slot, layout, bytes) ? this.ask(slot, layout, true) : 0;
    return ptr !== 0 ? ptr : this.search(layout, bytes, true);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "grow");
    if (ptr === 0 && from.size !== 0) throw nullPointer("grow");
    const bytes = this.usableSize(to);
    if (from.size === 0 || bytes === 0) return this.allocate(to);
    const slot = this.slotOf(ptr);
    const next = this.suits(slot, to, bytes) ? this.slots[slot]!.grow(ptr, from, to) : 0;
    return next !== 0 ? next : this.migrate(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    requireLayouts(from, to, "shrink");
    if (ptr === 0 && from.size !== 0) throw nullPointer("shrink");
    if (to.size === 0) {
      this.deallocate(ptr, from);
      return this.expectLayout(to, "shrink").dangling;
    }
    const bytes = this.usableSize(to);
    if (bytes === 0) return 0;
    const slot = this.slotOf(ptr);
    const next = this.suits(slot, to, bytes) ? this.slots[slot]!.shrink(ptr, from, to) : 0;
    return next !== 0 ? next : this.migrate(ptr, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (!(layout != null && layout.size > 0 && layout.align > 0)) return void this.expectLayout(layout, "deallocate");
    const slot = this.slotOf(ptr);
    const member = this.slots[slot]!;
    member.deallocate(ptr, layout);
    if (this.epoch !== this.seen) this.refresh();
    const now = this.slotNow(slot, member);
    const { live } = this;
    if (!(live[now]! > 0)) return;
    live[0] = now;
    if (--live[now]! === 0) this.emptied(now);
  }

  override usableSize(layout: Layout): number {
    return this.slots[1]!.usableSize(layout);
  }

  owns(ptr: Ptr): boolean {
    return this.find(ptr) !== 0;
  }

  reset(): void {
    const errors: unknown[] = [];
    this.endTenants(errors);
    const wasBusy = this.isBusy;
    this.isBusy = true;
    // A drop may request a block of a member that was already reset, which is then reset again.
    for (let round = 0; round < ROUNDS; round++) {
      for (const member of this.members) {
        if (round > 0 && this.live[this.slots.indexOf(member)] === 0) continue;
        attempt(errors, () => member.reset());
        this.live[this.slots.indexOf(member)] = 0;
      }
    }
    this.isBusy = wasBusy;
    for (let slot = this.slots.length - 1; slot > FIRST; slot--) attempt(errors, () => this.drop(slot));
    this.epochChanged();
    this.refresh();
    this.isUntidy = false;
    this.throwPending(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    if (ptr === 0 && from.size !== 0) throw nullPointer("resizeInPlace");
    const bytes = this.usableSize(to);
    if (from.size === 0 || bytes === 0) return false;
    const slot = this.slotOf(ptr);
    return this.suits(slot, to, bytes) && (this.slots[slot]!.resizeInPlace?.(ptr, from, to) ?? false);
  }

  sizeAt(ptr: Ptr): number {
    return this.slots[this.slotOf(ptr)]!.sizeAt(ptr);
  }

  check(): void {
    const { live, slots } = this;
    const counts = live.subarray(FIRST, slots.length);
    const hint = live[HINT]!;
    invariant(hint >= FIRST && hint < slots.length, () => `cascade: the hint is a member, got ${hint}`);
    invariant(Math.min(...counts) >= 0, () => "cascade: no member has fewer than 0 live blocks");
    invariant(this.isWhole, () => "cascade: the words of members are where they belong");
    const empty = slots.filter((_, slot) => this.isEmpty(slot)).length;
    invariant(empty <= 1 || this.isUntidy || this.isFixed, () => "cascade: at most one member is empty");
    for (const member of this.members) member.check?.();
  }

  trim(): void {
    if (isInUse(this)) return;
    const errors: unknown[] = [];
    if (this.epoch !== this.seen) this.refresh();
    attempt(errors, () => this.refusals.giveAgain());
    if (this.isUntidy) this.tidy();
    this.disposeEmpty(errors);
    for (const member of this.members) attempt(errors, () => member.trim?.());
    this.throwPending(errors);
  }

  blocks(visit: BlockVisitor): void {
    blocksOf(this.members, visit);
  }

  /** Asks all members except the one already asked, and then a new one. */
  search(layout: Layout, bytes: number, zeroed: boolean): Ptr | Null {
    const wasUntidy = this.isUntidy && !this.isBusy;
    if (wasUntidy) this.tidy();
    this.throwPending();
    const wasBusy = this.isBusy;
    this.isBusy = true;
    try {
      for (const [index, member] of this.members.entries()) {
        const slot = this.slotNow(FIRST + index, member);
        // The one that was asked first may have room now, if it was reset.
        const isAsked = wasUntidy || slot !== this.live[HINT];
        const isAble = isAsked && this.live[slot]! >= 0 && this.suits(slot, layout, bytes);
        const ptr = isAble ? this.ask(slot, layout, zeroed) : 0;
        if (ptr !== 0) return this.hinted(member, ptr);
      }
      return wasBusy ? 0 : this.extend(layout, bytes, zeroed);
    } finally {
      this.isBusy = wasBusy;
    }
  }

  /** Asks a new member. If it does not serve the request, it is disposed. */
  extend(layout: Layout, bytes: number, zeroed: boolean): Ptr | Null {
    const isFull = this.isFixed || this.members.length === this.most;
    const member = isFull ? undefined : makeMember(this.make, this);
    if (member === undefined) return 0;
    let slot = 0;
    orDiscard(member, () => {
      // `make` may have disposed this cascade, which cannot adopt the member then.
      this.requireOpen();
      slot = this.enter(member);
    });
    this.requireFitting(member);
    const errors: unknown[] = [];
    let ptr: Ptr | Null = 0;
    attempt(errors, () => {
      if (member.usableSize(layout) >= bytes) ptr = this.ask(slot, layout, zeroed);
    });
    if (ptr !== 0) return this.hinted(member, ptr);
    const now = this.slots.indexOf(member);
    // What it called may have taken blocks of it.
    if (now > FIRST && this.live[now] === 0) attempt(errors, () => this.drop(now));
    rethrow(errors);
    return 0;
  }

  allocateNothing(layout: Layout): Ptr | Null {
    const { size, dangling } = this.expectLayout(layout, "allocate");
    return size === 0 ? dangling : 0;
  }

  migrate(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return move(this, ptr, from, this, to);
  }
}

/** How often members are reset at most while drops request blocks. */
const ROUNDS = 3;

/**
 * Creates an allocator whose members a factory creates as needed: pools that grow, regions one after the other. The cascade owns
 * its members and disposes them with itself. As soon as two are empty, it disposes the younger; `trim` disposes all empty ones
 * but the first.
 *
 * Supports `owns`, `check` and `trim`; `reset`, `resizeInPlace`, `sizeAt` and `blocks` if the members do. Returns NULL for a
 * layout that the first member can never serve: put {@link fallback} or {@link segregate} around it for larger ones.
 *
 * Cost: one call if the member asked last has room or owns the block, otherwise up to one per member. One word per member.
 *
 * Source: `AllocatorList` of phobos.
 *
 * @param make - creates a member, given the number of existing ones, so that the next one may be larger. A member must support
 *   `owns` and every capability of the first. If there is no room for another member, `make` returns undefined or throws an
 *   `AllocError`
 * @param options - `most`: the most members at once, an integer from 1. Default: as many as there is room for. `kinds`: the kinds of the
 *   members, if threads share the memory: each makes the members of the others with them, and `most` is needed. Without them the members
 *   stay as they are once the memory is shared. `name`: for reports, errors and `find`
 * @throws `AllocError` if there is no room for the first member; `TypeError` if it does not support `owns`. Later requests throw
 *   `TypeError` if a new member lacks a capability of the first, and `MisuseError` with code `other-memory` or `misroute` if it
 *   lies in another memory or member
 * @example
 * ```ts
 * import { cascade } from "@alloc/combinators";
 * import { Layout, orThrow } from "@alloc/core";
 * import { freeList } from "@alloc/freelist";
 *
 * using pool = cascade((index) => freeList(64, { blocks: 2 ** (index + 1) }));
 * const layout = Layout.of(64);
 * const ptrs = Array.from({ length: 7 }, () => orThrow(pool.allocate(layout), layout));
 * pool.members.map(({ capacity }) => capacity); // => [2, 4, 8]
 * for (const ptr of ptrs) pool.deallocate(ptr, layout);
 * pool.members.length; // => 1
 * pool.allocate(Layout.of(65)); // => 0
 * ```
 */
export function cascade<A extends Can<"owns">>(make: MakeMember<A>, options: CascadeOptions = {}): Cascade<A> {
  requireOptions("cascade((index) => freeList(64), { most })", options, ["most", "kinds", "name"]);
  requireMost(options);
  return withName(options, () => cascadeOf(makeFirst(make), make, options)) as unknown as Cascade<A>;
}

/** Makes a cascade of its first member. */
export function cascadeOf(first: Allocator, make: MakeMember<Allocator>, options: SeatsOptions): CascadeMachine {
  const Machine = withCapabilities(
    CascadeMachine,
    (capability) => capability === "check" || capability === "trim" || can(first, capability),
  );
  return new Machine(first as Child, make, options);
}
