/**
 * Symbols that an engine may lack.
 *
 * @module
 */

/** `Symbol.dispose`; where it is missing, the one that TypeScript's and esbuild's `using` fall back to. */
export const disposeKey: typeof Symbol.dispose = (Symbol.dispose ??
  Symbol.for("Symbol.dispose")) as typeof Symbol.dispose;
