// The pixels of a file, upright, as they are stored: without its color profile, over white where it is transparent.

/** Larger images are refused, as by the program. */
const MOST_PIXELS = 100_000_000;
/** Of a canvas: browsers on phones give no larger ones. */
const STRIP_PIXELS = 4_000_000;

/** { width, height, data } with `data` a Uint8Array of R, G, B. */
export async function decode(blob) {
  const bitmap = await bitmapOf(blob);
  try {
    return pixelsOf(bitmap);
  } finally {
    bitmap.close();
  }
}

async function bitmapOf(blob) {
  const stored = { imageOrientation: 'from-image', premultiplyAlpha: 'none', colorSpaceConversion: 'none' };
  try {
    return await createImageBitmap(blob, stored);
  } catch {
    throw new Error('it is no image that this browser can read; try a JPEG, PNG or WebP');
  }
}

function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  if (width * height > MOST_PIXELS) {
    throw new Error(`it is too large (${width} × ${height}; the limit is 100 megapixels)`);
  }
  const data = new Uint8Array(3 * width * height);
  const rows = Math.max(Math.min(Math.floor(STRIP_PIXELS / width), height), 1);
  const canvas = new OffscreenCanvas(width, rows);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  for (let top = 0; top < height; top += rows) {
    context.fillStyle = 'white';
    context.fillRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, -top);
    const strip = context.getImageData(0, 0, width, Math.min(rows, height - top)).data;
    let to = 3 * top * width;
    for (let from = 0; from < strip.length; from += 4) {
      data[to] = strip[from];
      data[to + 1] = strip[from + 1];
      data[to + 2] = strip[from + 2];
      to += 3;
    }
  }
  return { width, height, data };
}
