/**
 * Symbols that an engine may lack, or that consoles look for.
 *
 * @module
 */

declare const own: unique symbol;

/**
 * The type of `Symbol.dispose`. If the compiler's library lacks it, a symbol of our own, so that our types need no library.
 */
export type DisposeKey = SymbolConstructor extends { readonly dispose: infer K extends symbol } ? K : typeof own;

/** `Symbol.dispose`; if it is missing, the symbol that TypeScript's and esbuild's `using` fall back to. */
export const disposeKey: DisposeKey = (Symbol.dispose ?? Symbol.for("Symbol.dispose")) as DisposeKey;

/** An object with an end, for `using` and for `finally`. Compatible with `Disposable` of the compiler's library. */
export interface Disposable {
  /** Ends it. For programs without `using`. */
  dispose(): void;
  /** The same, called at the end of the block of a `using`. */
  [disposeKey](): void;
}

/** The key of the method with which the consoles of Node, Deno and Bun print an object. */
export const inspectKey: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;
