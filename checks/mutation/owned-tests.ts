/**
 * The tests of `@alloc/owned` as one file: each file of tests loads all packages anew, and that for every mutant.
 *
 * @module
 */
// @ts-expect-error: Vite writes the imports here, and nobody has told the compiler.
import.meta.glob(["../../packages/owned/test/*.test.ts", "!**/examples.test.ts"], { eager: true });
