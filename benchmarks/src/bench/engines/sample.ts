/**
 * The requests to an engine, and its replies.
 *
 * @module
 */

export interface EngineRequest {
  /** A loop and a contender of `NAMES`. */
  readonly loop: string;
  readonly contender: string;
  /** Length of the warm-up and of a sample, in ms. */
  readonly warmUp: number;
  readonly sample: number;
  readonly samples: number;
}

export interface EngineResult {
  readonly loop: string;
  readonly contender: string;
  /** ns per operation, one figure for each sample. */
  readonly times: readonly number[];
}
