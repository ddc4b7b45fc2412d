/**
 * The exports of a program that depends on the umbrella alone.
 */
import { Box, chain, f64, freeList, leaks, Rc, System, stats, struct, system, u32, Vec } from "@alloc/std";

export const heap = system();
export const built = chain(freeList(64)).orElse(system()).pipe(stats).build();
export const watched = leaks(freeList(64));
export const Point = struct({ x: f64, y: f64 });
export const box = Box.new(Point, { x: 1, y: 2 });
export const shared = Rc.new(u32, 7);
export const numbers = Vec.new(f64);
export const realm = System.byRef();
