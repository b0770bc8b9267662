// From the pixels of an image to what the net takes, as the program does it: the same pixels to the last bit.
//
// An image is { width, height, data }, `data` a Uint8Array of R, G, B. `p` is preprocessing.json.

/** Of the 16-bit weights that the program scales with; its library takes as many bits as they leave. */
const MOST_PRECISION = 22;
const WEIGHT_BITS = 15;
/** Less than this is not left by a crop. */
const LEAST_LEFT = 32;

/** Pixels that are cut off each side of a file. */
export function inset(width, height, p) {
  const pixels = p.crop?.pixels ?? 0;
  return Math.min(width, height) - 2 * pixels < LEAST_LEFT ? 0 : pixels;
}

export function cropped(image, p) {
  const pixels = inset(image.width, image.height, p);
  if (pixels === 0) {
    return image;
  }
  const [width, height] = [image.width - 2 * pixels, image.height - 2 * pixels];
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y += 1) {
    const start = 3 * ((y + pixels) * image.width + pixels);
    data.set(image.data.subarray(start, start + 3 * width), 3 * y * width);
  }
  return { width, height, data };
}

/** Width and height of what the net sees of an image. */
export function inputSize(width, height, p) {
  if (p.fit !== 'keep') {
    return [p.size, p.size];
  }
  const aspect = Math.min(Math.max(width / height, 1 / p.most_aspect), p.most_aspect);
  const side = (length) => Math.max(Math.round(length / p.side_step), 1) * p.side_step;
  return [side(p.size * Math.sqrt(aspect)), side(p.size / Math.sqrt(aspect))];
}

/** The part of an image that the net sees, as fractions: left, top, right, bottom. Padding lies outside 0 to 1. */
export function region(width, height, p) {
  if (p.fit !== 'crop' && p.fit !== 'pad') {
    return [0, 0, 1, 1];
  }
  const side = p.fit === 'crop' ? Math.min(width, height) : Math.max(width, height);
  const before = (length) => Math.fround(Math.fround(1 - Math.fround(side / length)) / 2);
  const [x, y] = [before(width), before(height)];
  return [x, y, Math.fround(1 - x), Math.fround(1 - y)];
}

/** What the net sees of an image, as an image. */
export function fitted(image, p) {
  const { width, height } = image;
  if (p.fit === 'pad') {
    return padded(image, p);
  }
  const [left, top, right, bottom] = region(width, height, p);
  const seen = [left * width, top * height, (right - left) * width, (bottom - top) * height];
  return resized(image, seen, inputSize(width, height, p));
}

function padded(image, p) {
  const scale = p.size / Math.max(image.width, image.height);
  const scaled = (length) => Math.min(Math.max(Math.round(length * scale), 1), p.size);
  const whole = [0, 0, image.width, image.height];
  const inner = resized(image, whole, [scaled(image.width), scaled(image.height)]);
  const data = new Uint8Array(3 * p.size * p.size);
  for (let at = 0; at < data.length; at += 1) {
    data[at] = p.padding[at % 3];
  }
  const left = Math.floor((p.size - inner.width) / 2);
  const top = Math.floor((p.size - inner.height) / 2);
  for (let y = 0; y < inner.height; y += 1) {
    const row = inner.data.subarray(3 * y * inner.width, 3 * (y + 1) * inner.width);
    data.set(row, 3 * ((y + top) * p.size + left));
  }
  return { width: p.size, height: p.size, data };
}

/** Bilinear, antialiased: `seen` (left, top, width, height) of an image in `size` pixels; down first, then across. */
function resized(image, [left, top, width, height], [toWidth, toHeight]) {
  const down = toHeight !== height || top !== Math.round(top)
    ? weights(image.height, top, height, toHeight)
    : copies(top, toHeight);
  const across = toWidth !== width || left !== Math.round(left)
    ? weights(image.width, left, width, toWidth)
    : copies(left, toWidth);
  const first = across.start[0];
  const middle = resizedDown(image, first, across.start.at(-1) + across.values.at(-1).length - first, down);
  return resizedAcross(middle, first, across);
}

/** Of pixels that stay as they are. */
function copies(first, count) {
  const start = Array.from({ length: count }, (_, at) => first + at);
  return { start, values: start.map(() => [1]), precision: 0 };
}

/** What every new pixel is made of: where that begins, and the weights as whole numbers of `precision` bits. */
function weights(length, from, span, count) {
  const scale = span / count;
  const radius = Math.max(scale, 1);
  const start = [];
  const parts = [];
  let most = 0;
  for (let to = 0; to < count; to += 1) {
    const center = from + (to + 0.5) * scale;
    let begin = Math.max(Math.floor(center - radius), 0);
    const end = Math.min(Math.ceil(center + radius), length);
    const part = [];
    let sum = 0;
    for (let at = begin; at < end; at += 1) {
      const weight = Math.max(1 - Math.abs((at - (center - 0.5)) * (1 / radius)), 0);
      if (at === begin && weight === 0) {
        begin += 1;
      } else {
        part.push(weight);
        sum += weight;
      }
    }
    while (part.length > 0 && part.at(-1) === 0) {
      part.pop();
    }
    const normal = part.map((weight) => (sum === 0 ? weight : weight / sum));
    most = normal.reduce((a, b) => Math.max(a, b), most);
    start.push(begin);
    parts.push(normal);
  }
  let precision = 0;
  while (precision < MOST_PRECISION - 1 && Math.round(most * 2 ** (precision + 1)) < 2 ** WEIGHT_BITS) {
    precision += 1;
  }
  const values = parts.map((part) => part.map((weight) => Math.round(weight * 2 ** precision)));
  return { start, values, precision };
}

/** Columns from `first` on, `count` of them, in as many rows as there are weights. */
function resizedDown(image, first, count, { start, values, precision }) {
  const height = values.length;
  const data = new Uint8Array(3 * count * height);
  const half = precision > 0 ? 1 << (precision - 1) : 0;
  const sums = new Int32Array(3 * count);
  for (let y = 0; y < height; y += 1) {
    sums.fill(half);
    values[y].forEach((weight, tap) => {
      const row = 3 * ((start[y] + tap) * image.width + first);
      for (let at = 0; at < sums.length; at += 1) {
        sums[at] += weight * image.data[row + at];
      }
    });
    const to = 3 * count * y;
    for (let at = 0; at < sums.length; at += 1) {
      data[to + at] = byte(sums[at] >> precision);
    }
  }
  return { width: count, height, data };
}

function resizedAcross(image, first, { start, values, precision }) {
  const width = values.length;
  const data = new Uint8Array(3 * width * image.height);
  const half = precision > 0 ? 1 << (precision - 1) : 0;
  for (let y = 0; y < image.height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let [r, g, b] = [half, half, half];
      let from = 3 * (y * image.width + start[x] - first);
      for (const weight of values[x]) {
        r += weight * image.data[from];
        g += weight * image.data[from + 1];
        b += weight * image.data[from + 2];
        from += 3;
      }
      const to = 3 * (y * width + x);
      data[to] = byte(r >> precision);
      data[to + 1] = byte(g >> precision);
      data[to + 2] = byte(b >> precision);
    }
  }
  return { width, height: image.height, data };
}

function byte(value) {
  return Math.min(Math.max(value, 0), 255);
}

/** Three planes of 32-bit numbers, normalized. */
export function toInput({ width, height, data }, p) {
  const pixels = width * height;
  const input = new Float32Array(3 * pixels);
  for (let channel = 0; channel < 3; channel += 1) {
    const [mean, std] = [Math.fround(p.mean[channel]), Math.fround(p.std[channel])];
    // In steps of 32 bits, as the program computes.
    const known = Float32Array.from({ length: 256 }, (_, value) =>
      Math.fround(Math.fround(value / 255) - mean) / std);
    for (let at = 0; at < pixels; at += 1) {
      input[channel * pixels + at] = known[data[3 * at + channel]];
    }
  }
  return input;
}
