/**
 * Progress on stderr: a bar on a terminal, otherwise an occasional line.
 *
 * @module
 */
import { Presets, SingleBar } from "cli-progress";
import { printable } from "../printable.ts";

/** Shows progress. */
export interface Progress {
  /** Shows the current activity and how much of it is done. */
  show(what: string, done: number, all: number): void;
  /** Removes the bar before other output. */
  stop(): void;
}

/** Maximum number of characters of the activity. */
const MOST_WHAT = 200;
/** Pause between two lines, in ms. */
const PAUSE = 5000;

/** @param quiet - whether to show nothing */
export function progressOf(quiet: boolean, isTerminal: boolean = process.stderr.isTTY): Progress {
  if (quiet) return { show() {}, stop() {} };
  const { show, stop } = isTerminal ? bar() : lines();
  // Module and trace names may contain anything.
  return { show: (what, done, all) => show(printable(what, MOST_WHAT), done, all), stop };
}

function bar(): Progress {
  const format = " {bar} {percentage} %  {what}";
  const single = new SingleBar({ format, hideCursor: true, clearOnComplete: true, fps: 20 }, Presets.shades_classic);
  let running = false;
  return {
    show(what, done, all) {
      if (!running) single.start(100, 0, { what });
      running = true;
      single.update(Math.floor((100 * done) / Math.max(1, all)), { what });
    },
    stop() {
      if (running) single.stop();
      running = false;
    },
  };
}

function lines(): Progress {
  let next = performance.now() + PAUSE;
  return {
    show(what, done, all) {
      if (performance.now() < next) return;
      next = performance.now() + PAUSE;
      process.stderr.write(`${what}: ${done} of ${all}\n`);
    },
    stop() {},
  };
}
