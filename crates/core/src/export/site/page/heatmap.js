// A class's map in color over an image, drawn as the program draws it.

/** The map of one class (`of`), or the difference of two; ReLU leaves of one what speaks for it. */
export function mapOf(said, of, against) {
  const cells = said.mapWidth * said.mapHeight;
  const plane = (at) => said.maps.subarray(at * cells, (at + 1) * cells);
  const one = Float32Array.from(plane(of), (value) => Math.max(value, 0));
  if (against === null) {
    return one;
  }
  const other = plane(against);
  return one.map((value, at) => value - Math.max(other[at], 0));
}

/** ImageData of `width` x `height` pixels: more of the color where the map is hotter. */
export function colored(said, map, isDifference, [width, height], colors) {
  const fraction = scaleOf(map, isDifference);
  const scaled = Float32Array.from(map, fraction);
  const [left, top, right, bottom] = said.region;
  const image = new ImageData(width, height);
  const across = places(width, [left, right], said.mapWidth);
  const down = places(height, [top, bottom], said.mapHeight);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (!across[x] || !down[y]) {
        continue;
      }
      const value = between(scaled, said.mapWidth, across[x], down[y]);
      const weight = isDifference ? Math.abs(2 * value - 1) : value;
      const color = isDifference
        ? colors.difference[value < 0.5 ? 0 : 1]
        : colors.heat[Math.floor(value * (colors.heat.length - 1))];
      image.data.set([...color, Math.round(weight * 255)], 4 * (y * width + x));
    }
  }
  return image;
}

/** From a value of the map to 0 to 1; of a difference with 0 in the middle. */
function scaleOf(map, isDifference) {
  let low = map.reduce((a, b) => Math.min(a, b), Infinity);
  let high = map.reduce((a, b) => Math.max(a, b), -Infinity);
  if (isDifference) {
    high = Math.max(Math.abs(low), Math.abs(high));
    low = -high;
  }
  if (!(high > low)) {
    return () => (isDifference ? 0.5 : 0);
  }
  return (value) => Math.min(Math.max((value - low) / (high - low), 0), 1);
}

/** Between which two cells the center of each pixel lies, and where; null for pixels that the net has not seen. */
function places(count, [from, to], cells) {
  return Array.from({ length: count }, (_, at) => {
    const part = ((at + 0.5) / count - from) / (to - from);
    if (part < 0 || part > 1) {
      return null;
    }
    const place = Math.min(Math.max(part * cells - 0.5, 0), cells - 1);
    const first = Math.floor(place);
    return [first, Math.min(first + 1, cells - 1), place - first];
  });
}

function between(values, width, [x0, x1, fx], [y0, y1, fy]) {
  const row = (y) => values[y * width + x0] + (values[y * width + x1] - values[y * width + x0]) * fx;
  return row(y0) + (row(y1) - row(y0)) * fy;
}
