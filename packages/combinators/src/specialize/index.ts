/**
 * The entry `@alloc/combinators/specialize`. It alone generates code at run time, so a program that does not import it contains none.
 *
 * @module
 */
export { Handle } from "./handle.ts";
export { specialized } from "./specialize.ts";
