import type { Reason } from "../judge.ts";

export const GLOBAL: readonly Reason[] = [];
