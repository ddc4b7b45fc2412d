/**
 * Laws: rules that need no random program, each tried on an allocator of its own.
 *
 * @module
 */
import type { Law } from "./law.ts";
import { GIVES, GROWS, LIFE_LAWS } from "./life.ts";
import { MISUSE_LAWS } from "./misuse.ts";
import { MOVE_LAWS } from "./moves.ts";
import { POWER_LAWS } from "./powers.ts";
import { SIZE_LAWS } from "./sizes.ts";

/**
 * First whether all is given back: who does not leaves no room for the programs that come after. Then what needs a memory that
 * can grow, while it can: other laws fill it.
 */
export const LAWS: readonly Law[] = [
  GIVES,
  GROWS,
  ...SIZE_LAWS,
  ...MOVE_LAWS,
  ...POWER_LAWS,
  ...LIFE_LAWS,
  ...MISUSE_LAWS,
];
