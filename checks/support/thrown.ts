/**
 * Returns the `code` of the error that a call throws, or the error itself if it has none.
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
