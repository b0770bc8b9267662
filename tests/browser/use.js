// Uses the page as a person does, and reports what was to be seen.

const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

async function until(what, is) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (is()) {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`it never came to this: ${what}; the page says "${document.body.innerText}"`);
}

async function files(...names) {
  const transfer = new DataTransfer();
  for (const name of names) {
    const blob = await (await fetch(name)).blob();
    transfer.items.add(new File([blob], name, { type: blob.type }));
  }
  return transfer;
}

const pixels = (canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.join();
const isShown = () => all('article.waiting').length === 0 && all('article:not(.failed) figcaption').every((it) => it.textContent);

async function use() {
  const seen = {};
  await until('checked', () => ['right', 'wrong'].includes(find('#status').className));
  seen.status = find('#status').textContent;
  if (find('#status').className === 'wrong') {
    find('#files').files = (await files('000.png')).files;
    find('#files').dispatchEvent(new Event('change'));
    seen.results = all('article').length;
    return seen;
  }

  const { files: chosen } = await files('000.png', '001.png');
  find('#files').files = chosen;
  find('#files').dispatchEvent(new Event('change'));
  await until('two results', () => all('article').length === 2 && isShown());
  seen.names = all('article .name').map((it) => it.textContent);
  seen.verdicts = all('article .verdict').map((it) => it.textContent);
  const first = find('article');
  const canvas = first.querySelector('canvas');
  const bars = [...first.querySelectorAll('.bars button')];
  seen.bars = bars.map((it) => it.querySelector('.percent').textContent);
  const before = pixels(canvas);
  bars[1].click();
  seen.pressed = bars.map((it) => it.getAttribute('aria-pressed'));
  seen.caption = first.querySelector('figcaption').textContent;
  seen.switched = pixels(canvas) !== before;
  const against = first.querySelector('.against');
  against.value = bars[0].dataset.class;
  against.dispatchEvent(new Event('change'));
  seen.comparison = first.querySelector('figcaption').textContent;
  seen.described = canvas.getAttribute('aria-label');
  const opacity = first.querySelector('.opacity');
  const compared = pixels(canvas);
  opacity.value = 0;
  opacity.dispatchEvent(new Event('input'));
  seen.faded = pixels(canvas) !== compared;

  const junk = new DataTransfer();
  junk.items.add(new File(['<html>'], 'page.png', { type: 'image/png' }));
  junk.items.add(new File(['<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'], 'drawing.svg', { type: 'image/svg+xml' }));
  document.dispatchEvent(new DragEvent('drop', { dataTransfer: junk, bubbles: true, cancelable: true }));
  await until('failures', () => all('article.failed').length === 2);
  seen.failures = all('article.failed .verdict').map((it) => it.textContent);

  const pasted = await files('002.png');
  document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: pasted, bubbles: true }));
  await until('the pasted one', () => all('article').length === 5 && isShown());
  seen.latest = find('#latest').textContent;
  find('article .remove').click();
  seen.left = all('article').length;
  seen.focused = document.activeElement.className;
  seen.unnamed = all('button, select, input, canvas, summary, a').filter((it) => it.checkVisibility() && !name(it)).map((it) => it.outerHTML);
  seen.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  const origins = performance.getEntriesByType('resource').map((it) => new URL(it.name).origin);
  seen.elsewhere = origins.filter((origin) => origin !== location.origin);
  return seen;
}

/** What a screen reader calls it. */
function name(element) {
  const labels = [...(element.labels ?? [])].map((label) => label.textContent).join('');
  return (element.getAttribute('aria-label') ?? '') + labels + element.textContent || element.type === 'file';
}

const result = await use().catch((error) => ({ error: String(error.stack ?? error) }));
await fetch('/report', { method: 'POST', body: JSON.stringify(result) });
