/**
 * A progress bar on a terminal; prints nothing to a file or a pipe.
 *
 * @module
 */
import { Presets, SingleBar } from "cli-progress";

export interface Progress {
  /** Shows the current step and the share done, from 0 to 1. */
  show(what: string, done: number): void;
  stop(): void;
}

export function progressBar(): Progress {
  const format = " {bar} {percentage} %  {what}";
  const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true, fps: 20 }, Presets.shades_classic);
  let running = false;
  return {
    show(what, done) {
      if (!process.stderr.isTTY) return;
      if (!running) bar.start(100, 0, { what });
      running = true;
      bar.update(Math.floor(100 * done), { what });
    },
    stop() {
      if (running) bar.stop();
      running = false;
    },
  };
}
