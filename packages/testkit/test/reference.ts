/**
 * Reference: a minimal allocator that keeps every rule. Each mutant is this one with one thing broken.
 *
 * @module
 */
import {
  Allocator,
  AllocError,
  alignUp,
  type BlockVisitor,
  type Capabilities,
  type Footprint,
  Layout,
  type Memory,
  type MisuseCode,
  MisuseError,
  type Null,
  type Ptr,
  type SelfDescription,
} from "@alloc/core";
import { attempt, invariant, requireLayout, rethrow } from "@alloc/core/author";

const CHUNK = Layout.of(128 * 1024, 4096);

/** With every capability. */
export class Reference extends Allocator implements Capabilities {
  override readonly memory: Memory;
  override readonly parent: Allocator;
  override readonly detects: readonly MisuseCode[] = [
    "double-free",
    "interior-pointer",
    "foreign-pointer",
    "wrong-layout",
  ];
  override readonly isExact: boolean = true;
  readonly base: number;
  /** Usable bytes of the live blocks by address. */
  live = new Map<number, number>();
  drops: (() => void)[] = [];
  peak = 0;

  constructor(parent: Allocator) {
    super(parent);
    const base = parent.allocate(this.chunk);
    if (base === 0) throw new AllocError(this.chunk);
    this.parent = parent;
    this.memory = parent.memory;
    this.base = base;
    this.note();
  }

  get chunk(): Layout {
    return CHUNK;
  }

  override allocate(layout: Layout): Ptr | Null {
    requireLayout(layout, "allocate");
    if (layout.size === 0) return layout.dangling;
    const ptr = this.fit(this.usableSize(layout), layout.align);
    if (ptr !== 0) this.live.set(ptr, this.usableSize(layout));
    this.note();
    return ptr as Ptr | Null;
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    requireLayout(layout, "deallocate");
    if (layout.size === 0) return;
    const usable = this.sizeAt(ptr);
    if (layout.size > usable) throw new MisuseError("wrong-layout", `${layout} has more than ${usable} bytes`);
    this.live.delete(ptr);
  }

  override usableSize(layout: Layout): number {
    return layout.size > this.chunk.size ? 0 : alignUp(layout.size, 8);
  }

  owns(ptr: Ptr): boolean {
    return ptr >= this.base && ptr < this.base + this.chunk.size;
  }

  reset(): void {
    const errors: unknown[] = [];
    this.endTenants(errors);
    this.runDrops(errors);
    this.live.clear();
    this.epochChanged();
    rethrow(errors);
  }

  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    if (from.align !== to.align || from.size === 0 || to.size === 0) return false;
    if (to.size > this.sizeAt(ptr)) return false;
    this.live.set(ptr, this.usableSize(to));
    return true;
  }

  sizeAt(ptr: Ptr): number {
    const usable = this.live.get(ptr);
    if (usable !== undefined) return usable;
    if (!this.owns(ptr)) throw new MisuseError("foreign-pointer", `${ptr}`);
    const inside = [...this.live].some(([start, bytes]) => ptr > start && ptr < start + bytes);
    throw new MisuseError(inside ? "interior-pointer" : "double-free", `${ptr}`);
  }

  check(): void {
    for (const [start, bytes] of this.live)
      invariant(start >= this.base && bytes > 0, () => `${start} lies in the chunk`);
  }

  trim(): void {}

  defer(drop: () => void): void {
    this.drops.push(drop);
  }

  blocks(visit: BlockVisitor): void {
    const end = this.base + this.chunk.size;
    let at = this.base;
    for (const [start, bytes] of [...this.live, [end, 0] as const].sort(([a], [b]) => a - b)) {
      if (start > at) visit(at, start - at, "free");
      if (bytes > 0) visit(start, bytes, "live");
      at = start + bytes;
    }
  }

  override footprint(): Footprint {
    return { held: this.chunk.size, bookkeeping: 16 * this.live.size, peak: this.peak };
  }

  override describeSelf(): SelfDescription {
    return { kind: "reference", options: {}, state: {} };
  }

  override close(): void {
    const errors: unknown[] = [];
    this.runDrops(errors);
    attempt(errors, () => this.parent.deallocate(this.base as Ptr, this.chunk));
    rethrow(errors);
  }

  runDrops(errors: unknown[]): void {
    for (let drop = this.drops.pop(); drop !== undefined; drop = this.drops.pop()) attempt(errors, drop);
  }

  /** Returns the lowest address with `bytes` free bytes, 0 if there is none. */
  fit(bytes: number, align: number): number {
    let ptr = alignUp(this.base, align);
    if (bytes === 0) return 0;
    for (const [start, used] of [...this.live].sort(([a], [b]) => a - b)) {
      if (ptr + bytes <= start) break;
      if (start + used > ptr) ptr = alignUp(start + used, align);
    }
    return ptr + bytes <= this.base + this.chunk.size ? ptr : 0;
  }

  note(): void {
    this.peak = Math.max(this.peak, this.chunk.size + 16 * this.live.size);
  }
}
