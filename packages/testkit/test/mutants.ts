/**
 * Mutants: for each rule an allocator that breaks it, and little else. A mutant whose fault shows in `sizeAt` does not declare
 * `isExact`, so that rule 11.7 is not reported instead.
 *
 * @module
 */
import {
  Allocator,
  alignUp,
  type BlockVisitor,
  Layout,
  type Lent,
  Memory,
  MisuseError,
  NULL,
  type Null,
  type Ptr,
  pages,
  type SelfDescription,
} from "@alloc/core";
import { requireLayout } from "@alloc/core/author";
import type { RuleId } from "@alloc/testkit";
import { Reference } from "./reference.ts";

export type Mutant = new (parent: Allocator) => Allocator;

/** Never hands out again what blocks of some sizes had. */
abstract class Loses extends Reference {
  lost = new Map<number, number>();
  abstract loses(bytes: number): boolean;
  override deallocate(ptr: Ptr, layout: Layout): void {
    super.deallocate(ptr, layout);
    if (this.loses(layout.size)) this.lost.set(ptr, this.usableSize(layout));
  }
  override fit(bytes: number, align: number): number {
    const { live } = this;
    this.live = new Map([...live, ...this.lost]);
    const ptr = super.fit(bytes, align);
    this.live = live;
    return ptr;
  }
  override reset(): void {
    super.reset();
    this.lost.clear();
  }
}

/** With room for blocks larger than the bands of the laws. */
abstract class LosesHuge extends Loses {
  override get chunk(): Layout {
    return Layout.of(1_600_000, 4096);
  }
}

export const MUTANTS: Record<RuleId, Mutant> = {
  "1.1": class MisalignedAbove16 extends Reference {
    override fit(bytes: number, align: number): number {
      return super.fit(bytes, Math.min(align, 16));
    }
  },
  "1.2": class FractionOfAnAddress extends Reference {
    override allocate(layout: Layout): Ptr | Null {
      const ptr = super.allocate(layout);
      return (layout.size > 32 && ptr !== NULL ? ptr + 0.5 : ptr) as Ptr | Null;
    }
  },
  "1.3": class OverlapOfTheLastByte extends Reference {
    override readonly isExact = false;
    override allocate(layout: Layout): Ptr | Null {
      if (layout.size < 2) return super.allocate(layout);
      const ptr = this.fit(this.usableSize(layout), layout.align);
      if (ptr !== 0) this.live.set(ptr, layout.align === 1 ? layout.size - 1 : this.usableSize(layout));
      this.note();
      return ptr as Ptr | Null;
    }
  },
  "1.4": class LinkInTheNeighbour extends Reference {
    override deallocate(ptr: Ptr, layout: Layout): void {
      super.deallocate(ptr, layout);
      const other = [...this.live.keys()][0];
      if (other !== undefined) this.memory.u8[other] = 0xee;
    }
  },
  "1.5": class HoldsMoreAfterAFailure extends Reference {
    failures = 0;
    override allocate(layout: Layout): Ptr | Null {
      const ptr = super.allocate(layout);
      if (ptr === NULL) this.failures++;
      return ptr;
    }
    override footprint() {
      const { held, bookkeeping, peak } = super.footprint();
      return { held: held + this.failures, bookkeeping, peak: peak + 1e6 };
    }
  },
  "1.6": class ThrowsWithoutRoom extends Reference {
    override allocate(layout: Layout): Ptr | Null {
      const ptr = super.allocate(layout);
      if (ptr === NULL) throw new Error("out of memory");
      return ptr;
    }
  },
  "1.7": class KeepsWhatItCouldNotClear extends Reference {
    override allocateZeroed(layout: Layout): Ptr | Null {
      const ptr = this.allocate(layout);
      if (ptr !== NULL) this.memory.fill(ptr, this.usableSize(layout));
      return ptr;
    }
  },
  "1.8": class LosesLargeBlocks extends Loses {
    override loses(bytes: number): boolean {
      return bytes > 4096;
    }
  },
  "2.1": class UsableLessThanTheSize extends Reference {
    override usableSize(layout: Layout): number {
      return super.usableSize(layout) - (layout.size === 100 ? 8 : 0);
    }
  },
  "2.2": class UsableFalls extends Reference {
    override usableSize(layout: Layout): number {
      return layout.size > 96 && layout.size <= 104 ? 128 : super.usableSize(layout);
    }
  },
  "2.3": class UsableOfUsableGrows extends Reference {
    override usableSize(layout: Layout): number {
      const usable = super.usableSize(layout);
      return usable === 0 ? 0 : usable + 8;
    }
  },
  "2.4": class ServesWhatItDenies extends Reference {
    override usableSize(layout: Layout): number {
      return layout.size > 4000 ? 0 : super.usableSize(layout);
    }
    override allocate(layout: Layout): Ptr | Null {
      if (layout.size <= 4000 || layout.size > 8000) return super.allocate(layout);
      const ptr = this.fit(layout.size, layout.align);
      if (ptr !== 0) this.live.set(ptr, layout.size);
      return ptr as Ptr | Null;
    }
  },
  "2.5": class TakesOnlyTheSizeAsked extends Reference {
    asked = new Map<number, number>();
    override allocate(layout: Layout): Ptr | Null {
      const ptr = super.allocate(layout);
      this.asked.set(ptr, layout.size);
      return ptr;
    }
    override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
      const done = super.resizeInPlace(ptr, from, to);
      if (done) this.asked.set(ptr, to.size);
      return done;
    }
    override deallocate(ptr: Ptr, layout: Layout): void {
      if (layout.size > (this.asked.get(ptr) ?? layout.size))
        throw new MisuseError("wrong-layout", "not the size asked");
      super.deallocate(ptr, layout);
    }
  },
  "3.1": class NullForSizeZero extends Reference {
    override allocate(layout: Layout): Ptr | Null {
      return layout.size === 0 ? NULL : super.allocate(layout);
    }
  },
  "3.2": class ReleasesSizeZero extends Reference {
    override deallocate(ptr: Ptr, layout: Layout): void {
      if (layout.size === 0) this.sizeAt(ptr);
      super.deallocate(ptr, layout);
    }
  },
  "3.3": class KeepsWhatShrinksToNothing extends Reference {
    override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
      return to.size === 0 ? to.dangling : super.shrink(ptr, from, to);
    }
  },
  "3.4": class UsableOfNothing extends Reference {
    override usableSize(layout: Layout): number {
      return super.usableSize(layout) || (layout.size === 0 ? 8 : 0);
    }
  },
  "3.5": class OwnsTheDangling extends Reference {
    override owns(ptr: Ptr): boolean {
      return ptr === 2 ** 32 - 65536 || super.owns(ptr);
    }
  },
  "4.1": class LosesTheTail extends Reference {
    override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
      return super.grow(ptr, from.size > 8 ? Layout.of(from.size - 1, from.align) : from, to);
    }
  },
  "4.2": class FreesBeforeItHasRoom extends Reference {
    override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
      const next = super.grow(ptr, from, to);
      if (next === NULL && from.size > 0) this.memory.u8[ptr] = 0xee;
      return next;
    }
  },
  "4.3": class LeaksOnMovingGrow extends Reference {
    override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
      if (from.size === 0 || this.resizeInPlace(ptr, from, to)) return super.grow(ptr, from, to);
      const next = this.allocate(to);
      if (next !== NULL) this.memory.copy(next, ptr, from.size);
      return next;
    }
  },
  "5.1": class ClearsOnlyTheSizeAsked extends Reference {
    override allocateZeroed(layout: Layout): Ptr | Null {
      const ptr = this.allocate(layout);
      if (ptr !== NULL) this.memory.fill(ptr, layout.size);
      return ptr;
    }
  },
  "5.2": class ForgetsToClear extends Reference {
    override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
      return this.grow(ptr, from, to);
    }
  },
  "6.1": class SilentDoubleFree extends Reference {
    override deallocate(ptr: Ptr, layout: Layout): void {
      if (this.live.has(ptr) || !this.owns(ptr)) super.deallocate(ptr, layout);
    }
  },
  "6.2": class RoundsDownToTheBlock extends Reference {
    override deallocate(ptr: Ptr, layout: Layout): void {
      const start = [...this.live].find(([start, bytes]) => ptr > start && ptr < start + bytes)?.[0];
      super.deallocate((start ?? ptr) as Ptr, layout);
    }
  },
  "6.3": class IgnoresForeigners extends Reference {
    override deallocate(ptr: Ptr, layout: Layout): void {
      if (layout.size === 0 || this.owns(ptr)) super.deallocate(ptr, layout);
    }
  },
  "6.4": class BelievesTheLayout extends Reference {
    override deallocate(ptr: Ptr, layout: Layout): void {
      if (layout.size > 0) this.sizeAt(ptr);
      this.live.delete(ptr);
    }
  },
  "6.5": class ReleasesBeforeItLooks extends Reference {
    override deallocate(ptr: Ptr, layout: Layout): void {
      const wrong = this.live.has(ptr) && layout.size > this.sizeAt(ptr);
      if (wrong) this.live.delete(ptr);
      if (wrong) throw new MisuseError("wrong-layout", "too late");
      super.deallocate(ptr, layout);
    }
  },
  "6.6": class TakesNull extends Reference {
    override deallocate(ptr: Ptr, layout: Layout): void {
      if ((ptr as number) !== NULL) super.deallocate(ptr, layout);
    }
  },
  "6.7": class TakesNumbers extends Reference {
    override allocate(layout: Layout): Ptr | Null {
      return typeof layout === "number" ? super.allocate(Layout.of(layout)) : super.allocate(layout);
    }
  },
  "7.1": class HasOneHeapTwice extends Allocator {
    override readonly memory: Memory;
    readonly heap: Reference;
    constructor(parent: Allocator) {
      const heap = new Reference(parent);
      const lent = heap.byRef();
      super(undefined, [lent, lent.byRef()]);
      this.memory = heap.memory;
      this.heap = heap;
    }
    override allocate(layout: Layout): Ptr | Null {
      return this.heap.allocate(layout);
    }
    override deallocate(ptr: Ptr, layout: Layout): void {
      this.heap.deallocate(ptr, layout);
    }
    override usableSize(layout: Layout): number {
      return this.heap.usableSize(layout);
    }
  },
  "7.2": class HasTwoMemories extends Reference {
    constructor(parent: Allocator) {
      super(parent);
      const other = new Reference(pages(Memory.over(new ArrayBuffer(2 ** 18))));
      Object.defineProperty(this, "children", { value: [other] });
      this.adopt(other);
    }
  },
  "8.1": class NamesAFixedEnd extends Reference {
    readonly end = this.memory.byteLength;
    override deallocate(ptr: Ptr, layout: Layout): void {
      if (this.memory.byteLength !== this.end) for (const start of this.live.keys()) this.memory.u8[start] = 0xee;
      super.deallocate(ptr, layout);
    }
  },
  "9.1": class KeepsItsChunk extends Reference {
    override close(): void {
      this.runDrops([]);
    }
  },
  "9.2": class DisposesTwice extends Reference {
    override dispose(): void {
      super.dispose();
      Object.defineProperty(this, "dispose", { value: () => this.parent.deallocate(this.base as Ptr, Layout.of(1)) });
    }
  },
  "9.3": class LivesOn extends Reference {
    override dispose(): void {
      this.runDrops([]);
      this.parent.deallocate(this.base as Ptr, Layout.of(128 * 1024));
      Object.defineProperty(this, "dispose", { value: () => {} });
    }
  },
  "9.4": class LendsItself extends Reference {
    override byRef(): Lent<this> {
      return this as unknown as Lent<this>;
    }
  },
  "9.5": class StopsAtTheFirstError extends Reference {
    override runDrops(): void {
      for (let drop = this.drops.pop(); drop !== undefined; drop = this.drops.pop()) drop();
    }
  },
  "9.6": class DropsWhenItHasEnded extends Reference {
    override dispose(): void {
      const drops = this.drops.splice(0);
      super.dispose();
      for (const drop of drops.reverse()) drop();
    }
  },
  "9.7": class OutlivesItsParent extends Reference {
    constructor(parent: Allocator) {
      super(parent);
      // As if the parent had not been called.
      const { endTenants } = parent;
      parent.endTenants = () => {};
      Object.defineProperty(parent, "dispose", {
        configurable: true,
        value: () => Object.assign(parent, { endTenants }),
      });
    }
  },
  "9.8": class TakesAndThrows extends Reference {
    readonly second: Ptr | Null;
    constructor(parent: Allocator) {
      super(parent);
      this.second = parent.allocate(Layout.of(4096));
    }
    override close(): void {
      super.close();
      if (this.second !== NULL) this.parent.deallocate(this.second, Layout.of(4096));
    }
  },
  "9.9": class ResetsInSilence extends Reference {
    override epochChanged(): void {}
  },
  "11.1": class DeniesTheLastByte extends Reference {
    override owns(ptr: Ptr): boolean {
      const isLast = [...this.live].some(([start, bytes]) => ptr === start + bytes - 1);
      return super.owns(ptr) && !isLast;
    }
  },
  "11.2": class ResetKeepsABlock extends Reference {
    override reset(): void {
      const [first] = this.live;
      this.live = new Map(first === undefined ? [] : [first]);
    }
  },
  "11.3": class ChangesTheAlignInPlace extends Reference {
    override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
      return super.resizeInPlace(ptr, Layout.of(from.size, to.align), to);
    }
  },
  "11.4": class SizeAtTellsMore extends Reference {
    override readonly isExact = false;
    override sizeAt(ptr: Ptr): number {
      const size = super.sizeAt(ptr);
      return size === 64 ? 56 : size;
    }
  },
  "11.5": class BreaksItsInvariant extends Reference {
    override check(): void {
      super.check();
      if (this.live.size === 3) throw new Error("broken invariant: never three");
    }
  },
  "11.6": class TrimsALiveBlock extends Reference {
    override trim(): void {
      for (const start of this.live.keys()) this.memory.u8[start] = 0xee;
    }
  },
  "11.7": class HasMoreThanItDeclares extends Reference {
    override sizeAt(ptr: Ptr): number {
      const size = super.sizeAt(ptr);
      return size === 40 ? 48 : size;
    }
  },
  "11.8": class VisitsAllButOne extends Reference {
    override blocks(visit: BlockVisitor): void {
      let live = 0;
      super.blocks((ptr, bytes, state) => {
        if (state === "live" && ++live === 3) visit(ptr, bytes, "cached");
        else visit(ptr, bytes, state);
      });
    }
  },
  "12.1": class HoldsLessThanIsLive extends Reference {
    override footprint() {
      return { ...super.footprint(), held: 4096 };
    }
  },
  "12.2": class DescribesAClosure extends Reference {
    override describeSelf(): SelfDescription {
      return { kind: "closure", options: { fit: alignUp }, state: {} };
    }
  },
};

/** Uses its memory from start to end, and frees nothing. */
class Bump extends Allocator {
  override readonly memory: Memory = Memory.over(new ArrayBuffer(LENGTH));
  /** Bytes past its memory that it hands out. */
  readonly excess: number = 0;
  top = 16;

  override allocate(layout: Layout): Ptr | Null {
    requireLayout(layout, "allocate");
    if (layout.size === 0) return layout.dangling;
    const ptr = alignUp(this.top, layout.align);
    if (ptr + layout.size > LENGTH + this.excess) return NULL;
    this.top = ptr + layout.size;
    return ptr as Ptr;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    requireLayout(layout, "deallocate");
    if ((ptr as number) === NULL) throw new MisuseError("foreign-pointer", "NULL");
  }

  override usableSize({ size, align }: Layout): number {
    return alignUp(16, align) + size <= LENGTH ? size : 0;
  }
}

/** When nearly full, hands out a block that ends up to this many bytes past its memory. */
function endsBehind(bytes: number): Mutant {
  const Class = class extends Bump {
    override readonly excess = bytes;
  };
  Object.defineProperty(Class, "name", { value: `EndsUpTo${bytes}BytesBehindItsMemory` });
  return Class;
}

const LENGTH = 2 ** 18;

/** Real-world faults without a rule of their own, and the rule that catches each. */
export const MORE_MUTANTS: readonly (readonly [RuleId, Mutant])[] = [
  [
    "1.2",
    class WrapsAt2GiB extends Reference {
      constructor(_: Allocator) {
        const high = pages(Memory.virtual(2 ** 32));
        high.allocate(Layout.of(2 ** 31, 4096));
        super(high);
      }
      override fit(bytes: number, align: number): number {
        return super.fit(bytes, align) & -align;
      }
    },
  ],
  [
    "1.3",
    class OverlapsAfterASplit extends Reference {
      override readonly isExact = false;
      override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
        const done = super.resizeInPlace(ptr, from, to);
        if (done && to.size < from.size && to.size > 8) this.live.set(ptr, to.size - 8);
        return done;
      }
    },
  ],
  // Like @thi.ng/malloc shrinking the top block a little: the freed bytes are handed out, but still counted as its own.
  [
    "1.3",
    class KeepsTheSizeOfTheShrunkTop extends Reference {
      /** Assumed ends of blocks shrunk like this. */
      ends = new Map<number, number>();
      override deallocate(ptr: Ptr, layout: Layout): void {
        super.deallocate(ptr, layout);
        if (layout.size > 0) this.ends.delete(ptr);
      }
      override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
        const isTop = ![...this.live.keys()].some((start) => start > ptr);
        const end = ptr + (this.live.get(ptr) ?? 0);
        const next = super.shrink(ptr, from, to);
        if (isTop && next === ptr && from.size - to.size < 16) this.ends.set(ptr, end);
        return next;
      }
      override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
        const end = this.ends.get(ptr);
        if (end === undefined || from.align !== to.align || to.size === 0) return super.resizeInPlace(ptr, from, to);
        if (ptr + this.usableSize(to) > end) return false;
        this.live.set(ptr, this.usableSize(to));
        return true;
      }
    },
  ],
  [
    "4.1",
    class WritesAfterTheMemoryGrew extends Reference {
      readonly end = this.memory.byteLength;
      override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
        const next = super.shrink(ptr, from, to);
        if (this.memory.byteLength !== this.end && to.size > 0 && next !== NULL) this.memory.u8[next] = 0xee;
        return next;
      }
    },
  ],
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((bytes): [RuleId, Mutant] => ["1.2", endsBehind(bytes)]),
  [
    "1.2",
    class StretchesBehindItsMemory extends Bump {
      resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
        if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
        if (ptr + from.size !== this.top || ptr + to.size > LENGTH + 4) return false;
        this.top = ptr + to.size;
        return true;
      }
    },
  ],
  [
    "1.2",
    class BeginsAtZero extends Allocator {
      override readonly memory: Memory = Memory.virtual(LENGTH);
      top = 0;
      override allocate(layout: Layout): Ptr | Null {
        const ptr = alignUp(this.top, layout.align);
        if (ptr + layout.size > LENGTH) return NULL;
        this.top = ptr + layout.size;
        return ptr as Ptr | Null;
      }
      override deallocate(): void {}
    },
  ],
  [
    "1.7",
    class ForgetsBeforeItsParentAgrees extends Reference {
      spare: Ptr | Null = NULL;
      override allocate(layout: Layout): Ptr | Null {
        if (this.spare === NULL) this.spare = this.parent.allocate(Layout.of(4096));
        return super.allocate(layout);
      }
      override trim(): void {
        const { spare } = this;
        this.spare = NULL;
        if (spare !== NULL) this.parent.deallocate(spare, Layout.of(4096));
      }
      override close(): void {
        this.trim();
        super.close();
      }
    },
  ],
  [
    "1.8",
    class LosesOneSizeClass extends Loses {
      override loses(bytes: number): boolean {
        return bytes > 96 && bytes <= 112;
      }
    },
  ],
  [
    "1.8",
    class LosesHugeBlocks extends LosesHuge {
      override loses(bytes: number): boolean {
        return bytes > 100_000;
      }
    },
  ],
  [
    "1.8",
    class LosesOneSizeOfHugeBlocks extends LosesHuge {
      override loses(bytes: number): boolean {
        return bytes > 100_000 && bytes < 200_000;
      }
    },
  ],
  [
    "2.4",
    class GrowsToWhatItDenies extends Reference {
      override usableSize(layout: Layout): number {
        return layout.size > 4000 ? 0 : super.usableSize(layout);
      }
      override allocate(layout: Layout): Ptr | Null {
        return layout.size > 4000 ? NULL : super.allocate(layout);
      }
      override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
        if (to.size <= 4000 || to.size > 8000 || from.size === 0) return super.grow(ptr, from, to);
        this.sizeAt(ptr);
        const next = this.fit(to.size, to.align);
        if (next === 0) return NULL;
        this.memory.copy(next as Ptr, ptr, from.size);
        this.live.delete(ptr);
        this.live.set(next, to.size);
        return next as Ptr;
      }
    },
  ],
  [
    "2.4",
    class PromisesMoreWhenItHasAChunk extends Reference {
      override usableSize(layout: Layout): number {
        return layout.size > 8000 && this.live.size < 8 ? 0 : super.usableSize(layout);
      }
      override allocate(layout: Layout): Ptr | Null {
        return this.usableSize(layout) === 0 && layout.size > 0 ? NULL : super.allocate(layout);
      }
    },
  ],
  [
    "9.1",
    class KeepsTheChunkOfLiveBlocks extends Reference {
      override close(): void {
        if (this.live.size === 0) super.close();
      }
    },
  ],
  [
    "9.5",
    class ResetsUpToTheFirstError extends Reference {
      override reset(): void {
        for (let drop = this.drops.pop(); drop !== undefined; drop = this.drops.pop()) drop();
        super.reset();
      }
    },
  ],
  [
    "11.8",
    class VisitsTheChunkToo extends Reference {
      override blocks(visit: BlockVisitor): void {
        visit(this.base, 2 ** 17, "free");
        super.blocks(visit);
      }
    },
  ],
  [
    "9.1",
    class LeaksLargeBlocks extends Reference {
      override readonly isExact = false;
      override allocate(layout: Layout): Ptr | Null {
        return layout.size > 4096 ? this.parent.allocate(layout) : super.allocate(layout);
      }
      override deallocate(ptr: Ptr, layout: Layout): void {
        if (layout.size <= 4096) super.deallocate(ptr, layout);
      }
    },
  ],
];
