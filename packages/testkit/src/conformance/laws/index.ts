/**
 * Laws: rules that need no random program, each tried on an allocator of its own.
 *
 * @module
 */
import { ALIAS_LAWS } from "./aliases.ts";
import { BLOCK_LAWS } from "./blocks.ts";
import { POWER_LAWS } from "./capabilities.ts";
import { END_LAWS } from "./ends.ts";
import { HOOK_LAWS } from "./hooks.ts";
import type { Law } from "./law.ts";
import { GIVES, GROWS, LIFE_LAWS } from "./life.ts";
import { MISUSE_LAWS } from "./misuse.ts";
import { MOVE_LAWS } from "./moves.ts";
import { REFUSAL_LAWS } from "./refusals.ts";
import { LAST_LAWS, ROOM_LAWS } from "./room.ts";
import { SIZE_LAWS } from "./sizes.ts";

/**
 * First whether all is given back: who does not leaves no room for the programs that come after. Then what needs a memory that
 * can grow, while it can: other laws fill it.
 */
export const LAWS: readonly Law[] = [
  GIVES,
  GROWS,
  ...ROOM_LAWS,
  ...SIZE_LAWS,
  ...MOVE_LAWS,
  ...POWER_LAWS,
  ...BLOCK_LAWS,
  ...LIFE_LAWS,
  ...END_LAWS,
  ...ALIAS_LAWS,
  ...MISUSE_LAWS,
  ...REFUSAL_LAWS,
  ...HOOK_LAWS,
  ...LAST_LAWS,
];
