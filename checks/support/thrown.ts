/**
 * Answers the `code` of what a call throws, or what it threw if that has none.
 *
 * @module
 */
export function codeThrown(call: () => unknown): string {
  try {
    call();
    return "nothing was thrown";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
