// What the net says of one image: bars, and a heatmap of the class that is chosen.

import { colored, mapOf } from './heatmap.js';

/** Bars that are shown at first. */
const FIRST_BARS = 5;
/** Of the canvas. */
const MOST_SIDE = 720;

let count = 0;

export class Result {
  constructor(name, blob) {
    const template = document.getElementById('result');
    this.element = template.content.firstElementChild.cloneNode(true);
    this.find = (selector) => this.element.querySelector(selector);
    this.name = name;
    this.blob = blob;
    count += 1;
    this.find('.name').textContent = name;
    this.find('.name').id = `result-${count}`;
    this.element.setAttribute('aria-labelledby', `result-${count}`);
    this.element.classList.add('waiting');
    this.find('.verdict').textContent = 'Waiting…';
    this.find('.remove').setAttribute('aria-label', `Remove ${name}`);
    this.find('.remove').addEventListener('click', () => this.remove());
    this.find('.opacity').addEventListener('input', () => this.paint());
    this.find('.against').addEventListener('change', ({ target }) => {
      this.against = target.value === '' ? null : Number(target.value);
      this.color();
    });
    this.find('.more').addEventListener('click', () => {
      this.showsAll = !this.showsAll;
      this.bars();
    });
  }

  remove() {
    const next = this.element.nextElementSibling ?? this.element.previousElementSibling;
    this.element.remove();
    // The keyboard goes on where it was.
    (next?.querySelector('.remove') ?? document.getElementById('files')).focus();
  }

  fail(reason) {
    this.failure = reason;
    this.element.classList.remove('waiting');
    this.element.classList.add('failed');
    this.find('.verdict').textContent = `No prediction: ${reason}`;
  }

  async show(said, page) {
    this.said = said;
    this.page = page;
    this.probs = softmax(said.logits);
    this.order = this.probs.map((_, at) => at).sort((a, b) => this.probs[b] - this.probs[a]);
    this.chosen = this.order[0];
    this.against = null;
    this.showsAll = false;
    this.element.classList.remove('waiting');
    this.find('.verdict').replaceChildren(strong(page.classes[this.chosen]), ` ${shown(this.probs[this.chosen])}`);
    const scale = Math.min(MOST_SIDE / Math.max(said.width, said.height), 1);
    const canvas = this.find('canvas');
    canvas.width = Math.max(Math.round(said.width * scale), 1);
    canvas.height = Math.max(Math.round(said.height * scale), 1);
    this.bars();
    this.image = await createImageBitmap(this.blob, {
      imageOrientation: 'from-image', resizeWidth: canvas.width, resizeHeight: canvas.height, resizeQuality: 'high',
    });
    this.color();
  }

  /** For the status line. */
  summary() {
    return this.failure === undefined
      ? `${this.name}: ${this.page.classes[this.order[0]]}, ${shown(this.probs[this.order[0]])}`
      : `${this.name}: no prediction, ${this.failure}`;
  }

  bars() {
    const { classes } = this.page;
    const order = this.showsAll ? this.order : this.order.slice(0, FIRST_BARS);
    this.find('.bars').replaceChildren(...order.map((at) => this.bar(at)));
    const more = this.find('.more');
    more.hidden = classes.length <= FIRST_BARS;
    more.textContent = this.showsAll ? 'Fewer classes' : `All ${classes.length} classes`;
    more.setAttribute('aria-expanded', String(this.showsAll));
  }

  bar(at) {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.class = at;
    button.title = `Show where the net sees ${this.page.classes[at]}`;
    button.append(span('class', this.page.classes[at]), span('track', ''), span('percent', shown(this.probs[at])));
    const fill = span('fill', '');
    fill.style.width = `${100 * this.probs[at]}%`;
    button.querySelector('.track').append(fill);
    button.setAttribute('aria-pressed', String(at === this.chosen));
    button.addEventListener('click', () => {
      this.chosen = at;
      if (this.against === at) {
        this.against = null;
      }
      for (const other of this.find('.bars').querySelectorAll('button')) {
        other.setAttribute('aria-pressed', String(Number(other.dataset.class) === at));
      }
      this.color();
    });
    item.append(button);
    return item;
  }

  /** The heatmap of the class that is chosen, and its words. */
  color() {
    const { classes, colors } = this.page;
    const others = this.order.filter((at) => at !== this.chosen);
    const options = others.map((at) => new Option(classes[at], at, false, at === this.against));
    this.find('.against').replaceChildren(new Option('no other class', ''), ...options);
    const canvas = this.find('canvas');
    const isDifference = this.against !== null;
    const map = mapOf(this.said, this.chosen, this.against);
    const pixels = colored(this.said, map, isDifference, [canvas.width, canvas.height], colors);
    this.heat = new OffscreenCanvas(canvas.width, canvas.height);
    this.heat.getContext('2d').putImageData(pixels, 0, 0);
    const words = isDifference
      ? `Orange speaks more for ${classes[this.chosen]}, blue more for ${classes[this.against]}`
      : map.some((value) => value > 0)
        ? `Where the net sees ${classes[this.chosen]}: the lighter, the more`
        : `Nothing in it speaks for ${classes[this.chosen]}`;
    this.find('figcaption').textContent = words;
    canvas.setAttribute('aria-label', `${this.name} with its heatmap. ${words}. ${place(this.said, map)}`);
    this.paint();
  }

  paint() {
    if (!this.heat) {
      return;
    }
    const canvas = this.find('canvas');
    const context = canvas.getContext('2d');
    context.globalAlpha = 1;
    context.fillStyle = 'white';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.image, 0, 0);
    context.globalAlpha = this.find('.opacity').value / 100;
    context.drawImage(this.heat, 0, 0);
  }
}

/** Where the map is hottest, for those who do not see it. */
function place(said, map) {
  const most = map.reduce((best, value, at) => (value > map[best] ? at : best), 0);
  if (!(map[most] > 0)) {
    return '';
  }
  const third = (at, cells, names) => names[Math.min(Math.floor((3 * (at + 0.5)) / cells), 2)];
  const down = third(Math.floor(most / said.mapWidth), said.mapHeight, ['top', 'middle', 'bottom']);
  const across = third(most % said.mapWidth, said.mapWidth, ['left', 'center', 'right']);
  return `Strongest at the ${down} ${across} of what the net has seen.`;
}

function softmax(logits) {
  const most = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/** Of a certainty of 99.97 % nobody should read 100. */
function shown(prob) {
  if (prob >= 0.9995 && prob < 1) {
    return '> 99.9 %';
  }
  return `${(100 * prob).toFixed(1)} %`;
}

function span(name, text) {
  const element = document.createElement('span');
  element.className = name;
  element.textContent = text;
  return element;
}

function strong(text) {
  const element = document.createElement('strong');
  element.textContent = text;
  return element;
}
