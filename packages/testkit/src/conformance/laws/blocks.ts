/**
 * Law of `blocks`: the visited ranges match the live blocks.
 *
 * @module
 */
import { type Law, lacks, NONE_SERVED, served } from "./law.ts";

const visits: Law = {
  rules: ["11.8"],
  run(trial) {
    if (!trial.has("blocks")) return lacks("blocks");
    trial.blocks();
    const live = [...served(trial), ...served(trial)];
    if (live.length === 0) return NONE_SERVED;
    trial.blocks();
    for (const block of live.filter((_, index) => index % 3 === 0)) trial.deallocate(block, block.layout);
    trial.blocks();
    if (trial.has("trim")) trial.trim();
    trial.blocks();
    for (const block of [...trial.shadow.blocks]) trial.deallocate(block, block.layout);
    trial.blocks();
    if (!trial.has("reset")) return undefined;
    served(trial);
    trial.reset();
    trial.blocks();
    return undefined;
  },
};

export const BLOCK_LAWS: readonly Law[] = [visits];
