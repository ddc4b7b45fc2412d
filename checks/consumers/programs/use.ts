/**
 * The exports of a user's library: the compiler must be able to write every one of these types.
 */
import { chain, fallback, limit, segregate } from "@alloc/combinators";
import { Handle, specialized } from "@alloc/combinators/specialize";
import { type Allocator, type Can, can, Layout, Memory, orThrow, type Ptr, pages } from "@alloc/core";
import { disposeKey, Forwarder, withCapabilities } from "@alloc/core/author";
import { type FiveFunctions, fromFiveFunctions, toFiveFunctions } from "@alloc/core/compat";
import { freeList } from "@alloc/freelist";
import { Global, System, system } from "@alloc/global";
import { alloc, type GlobalAlloc } from "@alloc/global/compat";
import { array, Box, f64, Rc, struct, text, u8, u32, type ValueOf, Vec } from "@alloc/owned";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import * as std from "@alloc/std";

export const heap = system();
export const pool = freeList(64);
export const small = fallback(freeList(64), system());
export const routed = stats(segregate([64, freeList(64)], limit(system(), 2 ** 20)));
export const built = chain(freeList(64)).orElse(system()).pipe(leaks).build();
export const guarded = guard(scoped(1024));
export const watched = proxy(system(), { deallocate: () => {} });
export const root = pages(Memory.over(new ArrayBuffer(65536)));
export const lent = heap.byRef();
export const realm = { Global, System };

export const Point = struct({ x: f64, y: f64 });
export const Town = struct({ name: text(12), at: Point, tags: array(u8, 4) });
export type TownValue = ValueOf<typeof Town>;
export const box = Box.new(Point, { x: 1, y: 2 }, heap);
export const shared = Rc.new(u32, 7, heap);
export const points = Vec.from(Point, [{ x: 1, y: 2 }], heap);
export const numbers = std.Vec.new(std.f64);
export const half = std.Box.new(std.f64, 0.5);

export class Arena {
  readonly region = scoped(4096);
  take(bytes: number): Ptr {
    const layout = Layout.of(bytes);
    return orThrow(this.region.allocate(layout), layout);
  }
  [disposeKey]() {
    this.region[disposeKey]();
  }
}

export class Counter extends Forwarder {
  requests = 0;
  override allocate(layout: Layout) {
    this.requests++;
    return this.inner.allocate(layout);
  }
}
export const CounterOfSystem = withCapabilities(Counter, (capability) => can(heap, capability));
export const special = specialized(() => fallback(freeList(64), system()));
export const handle = new Handle(special);
export const five: FiveFunctions = toFiveFunctions(heap);
export const resized = fromFiveFunctions(heap.memory, five);
export const four: GlobalAlloc = { memory: Global.memory, alloc, dealloc: () => {} };

export function owner(allocator: Can<"owns">, ptr: Ptr): boolean {
  return allocator.owns(ptr);
}
export const allocators: Allocator[] = [heap, pool, small, routed, built, guarded, watched, root, lent, Global];

export const x: number = box.value.x;
// @ts-expect-error: a text is not a memory
export const wrong = () => Memory.over("text");
// @ts-expect-error: the type of a field is known
export const no: string = box.value.x;
