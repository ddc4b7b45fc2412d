/**
 * The registries of a realm: guards and ledgers that have live blocks. Errors and `leaks.check()` name all of them, and earlier tests
 * of the same process may have left some.
 *
 * @module
 */

/** Empties the registries, before a test that reads them. */
export function forgetRegistries(): void {
  for (const key of ["@alloc/proxy:guards:1", "@alloc/proxy:leaks:1"]) {
    const registry = (globalThis as { [key: symbol]: unknown })[Symbol.for(key)];
    (registry as Set<unknown> | undefined)?.clear();
  }
}
