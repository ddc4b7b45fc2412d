/**
 * A pool with a kind.
 *
 * @module
 */
import { Allocator, AllocError, Layout, type Memory, type MisuseCode, type Null, type Ptr } from "@alloc/core";
import { type Kind, misuseOf, recycle, requireLayouts, wordsIn } from "@alloc/core/author";

class Pool extends Allocator {
  override readonly memory: Memory;
  override readonly detects: readonly MisuseCode[] = ["double-free", "foreign-pointer", "interior-pointer"];
  override readonly isExact = true;
  declare readonly parent: Allocator;
  readonly size: number;
  readonly base: number;
  readonly live: Int32Array;
  constructor(parent: Allocator, size: number, base: number, live: Int32Array) {
    super(parent);
    this.memory = parent.memory;
    this.size = size;
    this.base = base;
    this.live = live;
  }
  override allocate(layout: Layout): Ptr | Null {
    if (layout.size === 0) return layout.dangling;
    if (this.usableSize(layout) === 0) return 0;
    const at = this.live.indexOf(0);
    if (at < 0) return 0;
    this.live[at] = 1;
    return (this.base + at * this.size) as Ptr;
  }
  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.size === 0) return;
    this.sizeAt(ptr);
    this.live[(ptr - this.base) / this.size] = 0;
  }
  override usableSize(layout: Layout): number {
    return layout.size > 0 && layout.size <= this.size && layout.align <= 8 ? this.size : 0;
  }
  owns(ptr: Ptr): boolean {
    return ptr >= this.base && ptr < this.base + this.live.length * this.size;
  }
  reset(): void {
    this.live.fill(0);
    this.epochChanged();
  }
  resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    requireLayouts(from, to, "resizeInPlace");
    return from.align === to.align && from.size !== 0 && to.size !== 0 && to.size <= this.sizeAt(ptr);
  }
  sizeAt(ptr: Ptr): number {
    if (this.live[(ptr - this.base) / this.size] !== 1)
      throw misuseOf(this, this.owns(ptr) ? "double-free" : "foreign-pointer", `${ptr}`);
    return this.size;
  }
  override footprint() {
    const [held, bookkeeping] = [this.size * this.live.length, this.live.byteLength];
    return { held, bookkeeping, peak: held + bookkeeping };
  }
  override describeSelf() {
    return { kind: "pool", options: { size: this.size, base: this.base }, state: { live: this.live } };
  }
  override close(): void {
    this.parent.deallocate(this.base as Ptr, Layout.of(this.size * this.live.length));
    recycle(this.memory, this.live);
  }
}
export function pool(size: number, blocks: number, parent: Allocator): Pool {
  const live = parent.memory.words(Int32Array, blocks);
  const layout = Layout.of(size * blocks);
  const base = parent.allocate(layout);
  if (base === 0) throw new AllocError(layout);
  return new Pool(parent, size, base, live);
}
export const poolKind: Kind = {
  kind: "pool",
  attach: (node) =>
    new Pool(
      node.parent!,
      node.options.size as number,
      node.options.base as number,
      wordsIn(node, "live", Int32Array, 1),
    ),
};
