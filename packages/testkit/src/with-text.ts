/**
 * Reports as text: every report has its own `toString`, which is not enumerable, so that a report stays plain data that can be
 * compared and posted.
 *
 * @module
 */
import { hide } from "@alloc/core/author";

/** Gives a report its `toString`. */
export function withText<R extends object>(report: R, text: (report: R) => string): R {
  hide(report, { toString: () => text(report) });
  return report;
}
