import type { Reason } from "../judge.ts";

export const FREELIST: readonly Reason[] = [];
