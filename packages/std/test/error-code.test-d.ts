import type { ErrorCode as CoreCode, LayoutError, MisuseError } from "@alloc/core";
import type { OwnedError } from "@alloc/owned";
import type { LeakError } from "@alloc/proxy";
import type { ErrorCode } from "@alloc/std";

// Every code is in the union, and a misspelt one is not.
void (((code: CoreCode): ErrorCode => code) satisfies unknown);
void ((error: LayoutError | MisuseError | OwnedError | LeakError): ErrorCode => error.code);
void (["already-registered", "already-used", "no-room"] satisfies ErrorCode[]);
// @ts-expect-error: no such code
void (["double-fre"] satisfies ErrorCode[]);
