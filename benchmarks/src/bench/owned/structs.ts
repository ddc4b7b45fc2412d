/**
 * The structs of the loops over values, and how their values are made.
 *
 * @module
 */
import { f64, struct } from "@alloc/owned";

export const Particle = struct({ x: f64, y: f64, z: f64, dx: f64, dy: f64, dz: f64 });
export const Point = struct({ x: f64, y: f64 });

export const particle = (id: number) => ({ x: id, y: id, z: id, dx: 0.5, dy: 0.25, dz: 1 });
export const listOf = <T>(count: number, make: (id: number) => T) => Array.from({ length: count }, (_, id) => make(id));
