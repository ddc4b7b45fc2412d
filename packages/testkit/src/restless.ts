/**
 * restless: an allocator whose memory grows at every request, so that every view kept across a request goes stale at once.
 *
 *     memory.u32[p / 4] = f()     the view is made, f requests a block, the memory grows, the store is lost
 *     usually                     the memory grows once per thousand requests: the fault shows late and elsewhere
 *     restless                    it grows at the first request: the fault shows where it is
 *
 * A WebAssembly memory that grows by 0 pages gets a new buffer too, and detaches all old views. Growing by 0 uses no memory, so
 * programs of any length can be tested.
 *
 * @module
 */
import {
  type Allocator,
  ArgumentError,
  type Can,
  type CapabilitiesOf,
  type Capability,
  can,
  type Layout,
  type Memory,
  type Null,
  type Pages,
  type Ptr,
  pages,
  type SelfDescription,
} from "@alloc/core";
import { Forwarder, requireAllocator, withCapabilities } from "@alloc/core/author";
import { printable } from "./printable.ts";

class RestlessMachine extends Forwarder {
  override allocate(layout: Layout): Ptr | Null {
    return this.served(this.inner.allocate(layout));
  }

  override allocateZeroed(layout: Layout): Ptr | Null {
    return this.served(this.inner.allocateZeroed(layout));
  }

  override grow(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.served(this.inner.grow(ptr, from, to));
  }

  override growZeroed(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.served(this.inner.growZeroed(ptr, from, to));
  }

  override shrink(ptr: Ptr, from: Layout, to: Layout): Ptr | Null {
    return this.served(this.inner.shrink(ptr, from, to));
  }

  override resizeInPlace(ptr: Ptr, from: Layout, to: Layout): boolean {
    return this.served(this.inner.resizeInPlace(ptr, from, to));
  }

  override describeSelf(): SelfDescription {
    return { kind: "restless", options: {}, state: {} };
  }

  /** Makes all views stale and returns the result. */
  served<T>(answer: T): T {
    growByNothing(this.memory);
    return answer;
  }
}

/**
 * Wraps an allocator so that its memory grows at every request. The result has the same capabilities; it owns the allocator and
 * disposes it. For tests: a store through a view made before a request is lost on the first try.
 *
 * Cost: about a microsecond per request.
 *
 * @param over - an allocator in an unshared WebAssembly memory (only there do views go stale), or such a memory: its `pages` are
 *   used
 * @returns an allocator with the capabilities of `over`
 * @throws `ArgumentError` if the memory is of another kind
 * @example
 * ```ts
 * import { Layout, Memory, orThrow, pages } from "@alloc/core";
 * import { system } from "@alloc/global";
 * import { restless } from "@alloc/testkit";
 *
 * using heap = restless(system({ parent: pages(Memory.linear({ maximum: 2 ** 24 })) }));
 * const { memory } = heap;
 * const link = Layout.u32;
 * const ptr = orThrow(heap.allocateZeroed(link), link);
 * const kept = memory.u32;
 * const next = orThrow(heap.allocate(link), link);
 * kept.length; // => 0
 * memory.store(Uint32Array, ptr, next);
 * memory.load(Uint32Array, ptr) === next; // => true
 * ```
 */
export function restless<A extends Allocator>(over: A): Can<CapabilitiesOf<A>>;
export function restless(over: Memory): Can<CapabilitiesOf<Pages>>;
export function restless(over: Allocator | Memory): Allocator {
  const inner: Allocator = isMemory(over) ? pages(over) : over;
  requireAllocator("restless", inner, "restless(pages(Memory.linear({ maximum })))");
  growByNothing(inner.memory);
  const Machine = withCapabilities(RestlessMachine, (capability) => can(inner, capability));
  return new Machine(inner as Can<Capability>);
}

/** Checks structurally: the memory may belong to another copy of the core. */
function isMemory(over: Allocator | Memory): over is Memory {
  return "beneath" in Object(over);
}

function growByNothing({ beneath, shared }: Memory): void {
  const wasm = beneath as Partial<WebAssembly.Memory>;
  if (typeof wasm.grow === "function" && !shared && "buffer" in wasm) return void growPages(wasm as WebAssembly.Memory);
  const what = shared ? "a shared memory" : printable(Object.prototype.toString.call(beneath).slice(8, -1), 40);
  throw new ArgumentError(
    `restless expects an allocator in an unshared WebAssembly memory, got ${what}: write pages(Memory.linear({ maximum }))`,
  );
}

/** Grows by 0 pages; a memory64 memory takes bigints. */
function growPages(wasm: WebAssembly.Memory): void {
  try {
    wasm.grow(0);
  } catch {
    (wasm as unknown as { grow(pages: bigint): bigint }).grow(0n);
  }
}
