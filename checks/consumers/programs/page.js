/**
 * Runs the program in the place that the address names, and sends the result to the server.
 */
import { use } from "./use.js";

async function inWorker() {
  const worker = new Worker("/worker.js", { type: "module" });
  return new Promise((done, fail) => {
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = ({ message }) => fail(new Error(message || "the worker did not load"));
  });
}

async function inAudio() {
  const context = new OfflineAudioContext(1, 128, 44100);
  await context.audioWorklet.addModule("/audio.js");
  const node = new AudioWorkletNode(context, "use");
  const told = new Promise((done) => {
    node.port.onmessage = ({ data }) => done(data);
  });
  node.connect(context.destination);
  await context.startRendering();
  return told;
}

const PLACES = { page: use, strict: use, worker: inWorker, audio: inAudio };
let told;
try {
  told = await PLACES[new URLSearchParams(location.search).get("place")]();
} catch (error) {
  told = `${error}`;
}
await fetch("/done", { method: "POST", body: told });
