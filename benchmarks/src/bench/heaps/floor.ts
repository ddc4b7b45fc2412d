/**
 * Floor: the least a heap in JavaScript can do for a call with a Layout. A heap that saves memory or gives it back does more.
 *
 *     a layout ──▶ the class of its size ──▶ a stack of released blocks ── empty ──▶ the next bytes of a chunk
 *
 * Classes are multiples of 16 bytes up to 1024, and eight per octave above. A block keeps its class for good, no chunk is given
 * back, and a block with an alignment above 16 is never reused. It is for measuring, not for use.
 *
 * @module
 */
import { Allocator, alignUp, type Footprint, Layout, type Memory, type Null, type Ptr, pages } from "@alloc/core";

const CHUNK = 2 ** 20;
const SMALL = 1024;
const STEP = 16;
const STEPS = SMALL / STEP;
/** log2 of the classes per octave. */
const PARTS = 3;
const OCTAVES = 22;

class Floor extends Allocator {
  override readonly memory: Memory;
  override readonly parent: Allocator;
  readonly tops = new Int32Array(STEPS + 1 + (OCTAVES << PARTS));
  readonly stacks = Array.from(this.tops, () => new Uint32Array(256));
  next = 0;
  end = 0;
  held = 0;

  constructor(parent: Allocator) {
    super(parent);
    this.memory = parent.memory;
    this.parent = parent;
  }

  override allocate(layout: Layout): Ptr | Null {
    const { size, align } = layout;
    const at = classOf(size);
    const top = this.tops[at]!;
    if (top === 0 || align > STEP) return this.fresh(at, align);
    this.tops[at] = top - 1;
    return this.stacks[at]![top - 1] as Ptr;
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.resize(ptr, from, to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.resize(ptr, from, to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    if (layout.align > STEP) return;
    const at = classOf(layout.size);
    const top = this.tops[at]!;
    if (top === this.stacks[at]!.length) this.widen(at);
    this.stacks[at]![top] = ptr;
    this.tops[at] = top + 1;
  }

  override usableSize(layout: Layout): number {
    return bytesOf(classOf(layout.size));
  }

  override footprint(): Footprint {
    const { held } = this;
    const bookkeeping = this.stacks.reduce((sum, stack) => sum + stack.byteLength, this.tops.byteLength);
    return { held, bookkeeping, peak: held + bookkeeping };
  }

  resize(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    if (classOf(from.size) === classOf(to.size) && from.align === to.align) return ptr;
    const next = this.allocate(to);
    if (next === 0) return 0;
    this.memory.copy(next, ptr, Math.min(from.size, to.size));
    this.deallocate(ptr, from);
    return next;
  }

  /** Serves a block from fresh bytes. */
  fresh(at: number, align: number): Ptr | Null {
    const bytes = bytesOf(at);
    let start = alignUp(this.next, Math.max(align, STEP));
    if (start + bytes > this.end) {
      const chunk = Layout.of(Math.max(CHUNK, bytes + align), STEP);
      const base = this.parent.allocate(chunk);
      if (base === 0) return 0;
      this.held += chunk.size;
      this.end = base + chunk.size;
      start = alignUp(base, Math.max(align, STEP));
    }
    this.next = start + bytes;
    return start as Ptr;
  }

  widen(at: number): void {
    const stack = this.stacks[at]!;
    const wider = new Uint32Array(2 * stack.length);
    wider.set(stack);
    this.stacks[at] = wider;
  }
}

function classOf(size: number): number {
  if (size <= SMALL) return (size + STEP - 1) >>> 4;
  const log = 31 - Math.clz32(size - 1);
  return STEPS + 1 + ((log - 10) << PARTS) + (((size - 1) >>> (log - PARTS)) & ((1 << PARTS) - 1));
}

function bytesOf(at: number): number {
  if (at <= STEPS) return at * STEP;
  const part = at - STEPS - 1;
  return 2 ** (10 + (part >>> PARTS) - PARTS) * ((1 << PARTS) + (part & ((1 << PARTS) - 1)) + 1);
}

export const floor = (memory: Memory): Allocator => new Floor(pages(memory));
