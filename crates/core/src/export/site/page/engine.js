// The net, in a thread of its own so that the page answers while it computes.
//
// It is told { id, ...question } and answers { id, answer } or { id, error }; before an answer it may say { id, progress }.

import * as ort from '../runtime/ort.wasm.bundle.min.mjs';
import { decode } from './decode.js';
import { cropped, fitted, inset, region, toInput } from './preprocess.js';

// More threads need headers that most hosts of files cannot send.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL('../runtime/ort-wasm-simd-threaded.wasm', import.meta.url).href };

const ROOT = new URL('../', import.meta.url);
let net = null;
let preprocessing = null;

async function file(name) {
  const response = await fetch(new URL(name, ROOT));
  if (!response.ok) {
    throw new Error(`${name} is not there (${response.status}); copy the whole folder to the host`);
  }
  return response;
}

/** Loads the net; says how much of it has come, 0 to 1. */
async function load(_question, say) {
  preprocessing = await (await file('preprocessing.json')).json();
  const response = await file('model.onnx');
  const length = Number(response.headers.get('content-length')) || 0;
  const chunks = [];
  let done = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (!value) {
      break;
    }
    chunks.push(value);
    done += value.length;
    say(length > 0 ? Math.min(done / length, 1) : 0);
  }
  const bytes = new Uint8Array(done);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  net = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
}

/** What the net says of an image that was fitted: raw logits, and of every class a map of `mapWidth` x `mapHeight` cells. */
async function run(image) {
  const input = new ort.Tensor('float32', toInput(image, preprocessing), [1, 3, image.height, image.width]);
  const { logits, cams } = await net.run({ images: input }, ['logits', 'cams']);
  const [, , mapHeight, mapWidth] = cams.dims;
  return { logits: [...logits.data], maps: cams.data, mapWidth, mapHeight };
}

/** Compares the net with what the program wrote down; says how many images it has done. */
async function check(_question, say) {
  const goldens = await (await file('goldens.json')).json();
  let difference = 0;
  let done = 0;
  for (const golden of goldens.images) {
    const image = await decode(await (await file(golden.file)).blob());
    const { logits } = await run(image);
    golden.logits.forEach((wanted, at) => {
      const off = Math.abs(logits[at] - wanted);
      // What is no number is no match.
      difference = Number.isNaN(off) ? Infinity : Math.max(difference, off);
    });
    done += 1;
    say(done / goldens.images.length);
  }
  return { images: done, difference, tolerance: goldens.tolerance };
}

/** Of a file: what the net says, and which part of it the net has seen. */
async function predict({ blob, withPixels }) {
  const whole = await decode(blob);
  const image = cropped(whole, preprocessing);
  const seen = fitted(image, preprocessing);
  const said = await run(seen);
  const pixels = inset(whole.width, whole.height, preprocessing);
  const [left, top, right, bottom] = region(image.width, image.height, preprocessing);
  return {
    ...said,
    width: whole.width,
    height: whole.height,
    region: [
      (pixels + left * image.width) / whole.width,
      (pixels + top * image.height) / whole.height,
      (pixels + right * image.width) / whole.width,
      (pixels + bottom * image.height) / whole.height,
    ],
    seen: withPixels ? seen : undefined,
  };
}

const questions = { load, check, predict };
// One after the other: there is one net.
let turn = Promise.resolve();

self.addEventListener('message', ({ data }) => {
  const { id, ask, ...question } = data;
  turn = turn.then(async () => {
    try {
      const answer = await questions[ask](question, (progress) => self.postMessage({ id, progress }));
      self.postMessage({ id, answer });
    } catch (error) {
      self.postMessage({ id, error: String(error?.message ?? error) });
    }
  });
});
