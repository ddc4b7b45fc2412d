/**
 * `using`, for compilers whose library has it.
 */
import { Layout } from "@alloc/core";
import { overrideGlobalAllocator, system } from "@alloc/global";
import { Box, f64, u32, Vec } from "@alloc/owned";
import { scoped } from "@alloc/scoped";

export function sum(): number {
  using heap = system();
  using override = overrideGlobalAllocator(heap);
  using half = Box.new(f64, 0.5, heap);
  using numbers = Vec.from(u32, [1, 2, 3], heap);
  using region = scoped(1024);
  region.allocate(Layout.of(16));
  const ends: Disposable[] = [heap, override, numbers, region];
  return half.value + numbers.length + ends.length;
}
