/**
 * Where the things of this folder lie, the same for the source and for what was built of it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The folder `benchmarks`. Modules of `src` itself and of `dist` itself are equally far from it. */
export const BENCHMARKS: string = fileURLToPath(new URL("..", import.meta.url));
