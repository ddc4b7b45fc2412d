import type { Reason } from "../judge.ts";

export const SCOPED: readonly Reason[] = [];
