/**
 * Uses the packages in plain JavaScript, without `using`, in any environment. Throws if a result is wrong.
 */
import { chain, fallback } from "@alloc/combinators";
import { Layout, orThrow } from "@alloc/core";
import { disposeKey } from "@alloc/core/author";
import { freeList } from "@alloc/freelist";
import { System, system } from "@alloc/global";
import { Box, f64, struct, u32, Vec } from "@alloc/owned";
import { leaks, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import * as std from "@alloc/std";

const Point = struct({ x: f64, y: f64 });

function expect(what, found, wanted) {
  if (found !== wanted) throw new Error(`${what}: expected ${wanted}, got ${found}`);
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
  return "ok";
}
