/**
 * Laws: rules that need no random program, each tested on a fresh allocator.
 *
 * @module
 */
import { ALIAS_LAWS } from "./aliases.ts";
import { BLOCK_LAWS } from "./blocks.ts";
import { CAPABILITY_LAWS } from "./capabilities.ts";
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
 * The first laws test that everything is returned: an allocator that leaks leaves no room for later programs. Laws that need a
 * growing memory follow, before others fill it.
 */
export const LAWS: readonly Law[] = [
  GIVES,
  GROWS,
  ...ROOM_LAWS,
  ...SIZE_LAWS,
  ...MOVE_LAWS,
  ...CAPABILITY_LAWS,
  ...BLOCK_LAWS,
  ...LIFE_LAWS,
  ...END_LAWS,
  ...ALIAS_LAWS,
  ...MISUSE_LAWS,
  ...REFUSAL_LAWS,
  ...HOOK_LAWS,
  ...LAST_LAWS,
];
