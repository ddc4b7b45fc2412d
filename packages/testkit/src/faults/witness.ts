/**
 * Witness: an allocator that tracks its live blocks and the request of each.
 *
 *     live        ptr ──▶ the request that returned it, with the layout it was last requested with
 *     released    ptr ──▶ the request of the last block at that address
 *
 * It detects all misuse, whatever the inner allocator detects, and stops it before it reaches that. It keeps the first misuse,
 * because a program may catch the error.
 *
 * @module
 */
import { type Can, type Capability, type Layout, type MisuseCode, MisuseError, type Null, type Ptr } from "@alloc/core";
import { attempt, bytesText, Forwarder, requireLayout, rethrow } from "@alloc/core/author";
import type { AllocRequest } from "./policy.ts";

export class Witness<R extends AllocRequest = AllocRequest> extends Forwarder {
  override readonly detects: readonly MisuseCode[] = [
    "double-free",
    "interior-pointer",
    "foreign-pointer",
    "wrong-layout",
  ];
  /** All requests, appended to by the creator; the last one is being served. */
  readonly requests: readonly R[];
  readonly live = new Map<Ptr, R>();
  readonly released = new Map<Ptr, R>();
  misuse: MisuseError | undefined;

  constructor(inner: Can<Capability>, requests: readonly R[]) {
    super(inner);
    this.requests = requests;
  }

  override allocate(layout: Layout): Ptr | Null {
    return this.enter(this.inner.allocate(layout), layout);
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    return this.enter(this.inner.allocateZeroed(layout), layout);
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    this.expectFit("grow", ptr, from);
    return this.replace(ptr, from, this.inner.grow(ptr, from, to), to);
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    this.expectFit("growZeroed", ptr, from);
    return this.replace(ptr, from, this.inner.growZeroed(ptr, from, to), to);
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    this.expectFit("shrink", ptr, from);
    return this.replace(ptr, from, this.inner.shrink(ptr, from, to), to);
  }

  override deallocate(ptr: Ptr, layout: Layout): void {
    this.expectFit("deallocate", ptr, layout);
    this.inner.deallocate(ptr, layout);
    if (layout.size !== 0) this.endBlock(ptr);
  }

  override reset(): void {
    const errors: unknown[] = [];
    this.endTenants(errors);
    attempt(errors, () => this.inner.reset());
    for (const ptr of this.live.keys()) this.endBlock(ptr);
    this.epochChanged();
    rethrow(errors);
  }

  override close(): void {
    this.live.clear();
  }

  enter(ptr: Ptr | Null, layout: Layout): Ptr | Null {
    if (ptr !== 0 && layout.size !== 0) this.live.set(ptr, this.requests.at(-1)!);
    return ptr;
  }

  replace(ptr: Ptr, from: Layout, next: Ptr | Null, to: Layout): Ptr | Null {
    if (next !== 0 && from.size !== 0) this.endBlock(ptr);
    return this.enter(next, to);
  }

  endBlock(ptr: Ptr): void {
    this.released.set(ptr, this.live.get(ptr)!);
    this.live.delete(ptr);
  }

  /** Throws unless a block is live at the address and the layout fits it. */
  expectFit(call: string, ptr: Ptr, layout: Layout): void {
    requireLayout(layout, call);
    if (layout.size === 0) return;
    const request = this.live.get(ptr);
    if (request !== undefined && this.fits(ptr, layout, request.layout)) return;
    const [code, what] = request === undefined ? this.missing(ptr) : wrongLayout(layout, request);
    const misuse = new MisuseError(code, `${call} of ${what}`);
    this.misuse ??= misuse;
    throw misuse;
  }

  fits(ptr: Ptr, { size, align }: Layout, asked: Layout): boolean {
    // Where `sizeAt` exists, a block is also accepted with that size.
    if ((align === asked.align || align === 1) && size === this.sizeAt?.(ptr)) return true;
    return align === asked.align && size >= asked.size && size <= this.usableSize(asked);
  }

  /** Explains why no block is live at an address. */
  missing(ptr: Ptr | Null): [MisuseCode, string] {
    if (ptr === 0) return ["foreign-pointer", "NULL: the request was not checked for failure"];
    const before = this.released.get(ptr);
    if (before !== undefined) return ["double-free", `the block of request ${before.index}, which is no longer live`];
    for (const [start, { index, layout }] of this.live) {
      const isInside = ptr > start && ptr < start + this.usableSize(layout);
      if (isInside)
        return ["interior-pointer", `${ptr}, which is ${bytesText(ptr - start)} inside the block of request ${index}`];
    }
    return ["foreign-pointer", `${ptr}, which no request returned`];
  }
}

function wrongLayout(layout: Layout, { index, layout: asked }: AllocRequest): [MisuseCode, string] {
  return ["wrong-layout", `the block of request ${index} with ${layout}; it was requested with ${asked}`];
}
