// The page: it takes images in every way that browsers have, asks the engine about them, and shows what it says.

import { Result } from './result.js';

/** Older results make room, because each keeps its image. */
const MOST_RESULTS = 40;

/** What the net is worth; stays. */
const status = document.getElementById('status');
/** For screen readers: the newest result, which others see below. */
const latest = document.getElementById('latest');
const results = document.getElementById('results');
const engine = new Worker(new URL('engine.js', import.meta.url), { type: 'module' });
const waiting = new Map();
let isUsable = true;

engine.addEventListener('message', ({ data: { id, answer, error, progress } }) => {
  const question = waiting.get(id);
  if (progress !== undefined) {
    question?.say(progress);
    return;
  }
  waiting.delete(id);
  if (error === undefined) {
    question?.resolve(answer);
  } else {
    question?.reject(new Error(error));
  }
});
engine.addEventListener('error', () => {
  for (const question of waiting.values()) {
    question.reject(new Error('this browser cannot run the net; a newer one can'));
  }
  waiting.clear();
});

/** Asks the engine; `say` is told how far it is, 0 to 1. */
function ask(what, question = {}, say = () => {}) {
  const id = crypto.getRandomValues(new Uint32Array(2)).join('-');
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject, say });
    engine.postMessage({ id, ask: what, ...question });
  });
}

function tell(text, kind = '') {
  status.textContent = text;
  status.className = kind;
}

function percent(part) {
  return `${Math.floor(part * 100)} %`;
}

/** Loads the net and compares it with the program; nothing is predicted by one that differs. */
async function start() {
  const page = await (await fetch(new URL('../page.json', import.meta.url))).json();
  let shown = '';
  // Not every chunk: screen readers would read each.
  const progress = (words) => (part) => {
    const text = `${words} ${percent(Math.floor(part * 10) / 10)}`;
    if (text !== shown) {
      shown = text;
      tell(text);
    }
  };
  await ask('load', {}, progress('Loading the net…'));
  const checked = await ask('check', {}, progress('Comparing the net with the program that trained it…'));
  const off = checked.difference.toExponential(1);
  if (!(checked.difference <= checked.tolerance)) {
    isUsable = false;
    throw new Error(`it does not answer as it did when it was exported: a logit differs by ${off}, `
      + `${checked.tolerance.toExponential(1)} is allowed, so it predicts nothing; export the page again`);
  }
  tell(`Checked: it answers ${checked.images} images as the program that trained it did; no logit differs by more than ${off}`, 'right');
  return page;
}

const started = start();
started.catch((error) => {
  isUsable = false;
  tell(`The net cannot be used: ${error.message}`, 'wrong');
});

/** Shows a place for each at once, and fills them one after the other. */
async function take(files) {
  if (!isUsable) {
    return;
  }
  const shown = [...files].map((file) => {
    const result = new Result(file.name || 'Pasted image', file);
    return { file, result };
  });
  results.prepend(...shown.map(({ result }) => result.element));
  while (results.childElementCount > MOST_RESULTS) {
    results.lastElementChild.remove();
  }
  for (const { file, result } of shown) {
    try {
      const page = await started;
      await result.show(await ask('predict', { blob: file }), page);
    } catch (error) {
      result.fail(error.message);
    }
    latest.textContent = result.summary();
  }
}

for (const id of ['files', 'camera']) {
  const input = document.getElementById(id);
  input.addEventListener('change', () => {
    take(input.files);
    // The same file may be chosen again.
    input.value = '';
  });
}

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
document.addEventListener('dragover', (event) => {
  if (hasFiles(event)) {
    event.preventDefault();
    document.body.classList.add('dragged-over');
  }
});
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) {
    document.body.classList.remove('dragged-over');
  }
});
document.addEventListener('drop', (event) => {
  document.body.classList.remove('dragged-over');
  if (hasFiles(event)) {
    event.preventDefault();
    take(event.dataTransfer.files);
  }
});
document.addEventListener('paste', (event) => {
  take([...event.clipboardData.files]);
});
