/**
 * The reasons why no test catches a mutant. A mutant that could be caught is not here: it has a test.
 *
 * @module
 */
import type { Reason } from "./judge.ts";
import { COMBINATORS } from "./reasons/combinators.ts";
import { CORE } from "./reasons/core.ts";
import { FREELIST } from "./reasons/freelist.ts";
import { GLOBAL } from "./reasons/global.ts";
import { OWNED } from "./reasons/owned.ts";
import { PROXY } from "./reasons/proxy.ts";
import { SCOPED } from "./reasons/scoped.ts";

/** The lowest allowed score of a package, in percent. */
export const LEAST = 90;

/** By package: the packages that `npm run mutate` tries. */
export const REASONS: Readonly<Record<string, readonly Reason[]>> = {
  combinators: COMBINATORS,
  core: CORE,
  freelist: FREELIST,
  global: GLOBAL,
  owned: OWNED,
  proxy: PROXY,
  scoped: SCOPED,
};
