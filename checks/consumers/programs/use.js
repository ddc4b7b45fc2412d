/**
 * Uses the packages in plain JavaScript, without `using`, in any environment. Throws if a result is wrong.
 */
import { chain, fallback } from "@alloc/combinators";
import { Handle, specialized } from "@alloc/combinators/specialize";
import { can, Layout, orThrow } from "@alloc/core";
import { disposeKey, Forwarder, withCapabilities } from "@alloc/core/author";
import { fromFiveFunctions, toFiveFunctions } from "@alloc/core/compat";
import { freeList } from "@alloc/freelist";
import { System, system } from "@alloc/global";
import { alloc, dealloc } from "@alloc/global/compat";
import { Box, f64, struct, u32, Vec } from "@alloc/owned";
import { leaks, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import * as std from "@alloc/std";

const Point = struct({ x: f64, y: f64 });

function expect(what, found, wanted) {
  if (found !== wanted) throw new Error(`${what}: expected ${wanted}, got ${found}`);
}

class Counter extends Forwarder {
  requests = 0;
  allocate(layout) {
    this.requests++;
    return this.inner.allocate(layout);
  }
}

/** The entries for authors, for other shapes, and for code made at run time, which works without it where that is forbidden. */
function useEntries() {
  const layout = Layout.of(48);
  const inner = specialized(() => fallback(freeList(64), system()));
  const Class = withCapabilities(Counter, (capability) => can(inner, capability));
  const counter = new Class(inner);
  const handle = new Handle(counter);
  handle.deallocate(orThrow(handle.allocate(layout), layout), layout);
  expect("the requests of a wrapper", counter.requests, 1);
  const five = fromFiveFunctions(counter.memory, toFiveFunctions(counter.byRef()));
  five.deallocate(orThrow(five.allocate(layout), layout), layout);
  expect("the requests of five functions", counter.requests, 2);
  dealloc(orThrow(alloc(layout), layout), layout);
  counter.dispose();
}

export function use() {
  const heap = stats(fallback(freeList(64, { blocks: 2 }), system()));
  const layout = Layout.of(48);
  const blocks = [1, 2, 3].map(() => orThrow(heap.allocate(layout), layout));
  for (const [index, ptr] of blocks.entries()) heap.memory.view(Float64Array, ptr, 6).fill(index);
  expect("a value", heap.memory.view(Float64Array, blocks[2], 6)[5], 2);
  for (const ptr of blocks) heap.deallocate(ptr, layout);

  const point = Box.new(Point, { x: 3, y: 4 }, heap);
  point.value.x += 1;
  expect("a field", point.value.x * point.value.y, 16);
  point.dispose();
  const numbers = Vec.from(u32, [1, 2, 3], heap);
  numbers.push(4);
  expect("a sum", [...numbers].join("+"), "1+2+3+4");
  numbers[disposeKey]();

  const region = scoped(1024);
  expect("an allocation of a region", region.allocate(layout) !== 0, true);
  region.dispose();
  const watched = leaks(chain(freeList(64)).orElse(std.system()).build());
  watched.deallocate(orThrow(watched.allocate(layout), layout), layout);
  watched.dispose();
  System.deallocate(orThrow(System.allocate(layout), layout), layout);
  heap.dispose();
  useEntries();
  return "ok";
}
