/**
 * Symbols that an engine may lack, or that a console looks for.
 *
 * @module
 */

/** `Symbol.dispose`; where it is missing, the one that TypeScript's and esbuild's `using` fall back to. */
export const disposeKey: typeof Symbol.dispose = (Symbol.dispose ??
  Symbol.for("Symbol.dispose")) as typeof Symbol.dispose;

/** The method that the consoles of Node, Deno and Bun print an object with. */
export const inspectKey: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;
