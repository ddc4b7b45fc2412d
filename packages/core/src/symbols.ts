/**
 * Symbols that an engine may lack, or that a console looks for.
 *
 * @module
 */

declare const own: unique symbol;

/**
 * The type of `Symbol.dispose`. Where the compiler's library has none, a symbol of our own, so that our types need no library.
 */
export type DisposeKey = SymbolConstructor extends { readonly dispose: infer K extends symbol } ? K : typeof own;

/** `Symbol.dispose`; where it is missing, the one that TypeScript's and esbuild's `using` fall back to. */
export const disposeKey: DisposeKey = (Symbol.dispose ?? Symbol.for("Symbol.dispose")) as DisposeKey;

/** What `using` ends. It is the `Disposable` of the compiler's library, where that has one. */
export interface Disposable {
  [disposeKey](): void;
}

/** The method that the consoles of Node, Deno and Bun print an object with. */
export const inspectKey: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;
