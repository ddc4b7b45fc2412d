/**
 * Where the files of this folder lie, the same for the source and for its build.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The folder `benchmarks`. `src` and `dist` are equally far from it. */
export const BENCHMARKS: string = fileURLToPath(new URL("..", import.meta.url));
