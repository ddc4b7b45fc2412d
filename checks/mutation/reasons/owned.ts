import type { Reason } from "../judge.ts";

export const OWNED: readonly Reason[] = [];
