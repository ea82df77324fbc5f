// Reads the file of a figure with three dimensions, as sitebuild/worker/solid.py writes it.

const SIZES = 8; // steps of a radius or width in a point of type
const STEPS = 2 ** 14; // between the limits of an axis

export function read(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const figure = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length + (length % 2);
  const next = (Kind, count) => {
    const array = new Kind(buffer, at, count);
    at += array.byteLength + (array.byteLength % 2);
    return array;
  };
  const kinds = [Int16Array, Uint16Array, Uint16Array, Uint8Array, Uint8Array, Uint8Array];
  for (const panel of figure.panels) {
    for (const group of panel.groups) {
      const arrays = kinds.map((Kind, i) => next(Kind, group.counts[i]));
      const [vertices, lengths, indices, fill, edge, size] = arrays;
      group.points = inBox(Array.from(vertices, (x) => x / STEPS + 0.5), panel.box);
      group.parts = parts(lengths, indices);
      group.fill = colors(fill, figure);
      group.edge = colors(edge, figure);
      group.size = (part) => size[size.length > 1 ? part : 0] / SIZES;
    }
    for (const text of panel.texts) text.at = inBox(text, panel.box)[0];
  }
  return figure;
}

// Fractions of the axes as places in their box, whose middle is the origin.
export function inBox(fractions, box) {
  const count = Math.floor(fractions.length / 3);
  return Array.from({length: count}, (_, i) => box.map((side, k) => side * (fractions[3 * i + k] - 0.5)));
}

// The indices of the vertices of each line or face.
function parts(lengths, indices) {
  const found = [];
  for (let at = 0; at < indices.length; ) {
    const length = lengths[lengths.length > 1 ? found.length : 0];
    found.push(indices.subarray(at, at + length));
    at += length;
  }
  return found;
}

// Gives the color of a part, "" where there is none. That of text is asked for, since it
// follows the scheme of the page.
function colors(places, {palette, ink}) {
  return (part, text) => {
    if (places.length === 0) return "";
    const color = palette[places[places.length > 1 ? part : 0]];
    return color.startsWith(ink) ? text + color.slice(7) : color;
  };
}
