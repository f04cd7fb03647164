// What lies on the lab's picture, drawn from one frame: pure functions of a canvas and numbers.
const COLOUR = { real: [0, 136, 55], fake: [163, 62, 189], pull: [196, 20, 219], gap: [217, 130, 43], grey: [128, 132, 144] };
const FULL = 32767;
const rgba = (c, alpha) => `rgba(${c[0]},${c[1]},${c[2]},${alpha})`;
const mixed = (a, b, share) => a.map((v, i) => Math.round(v * share + b[i] * (1 - share)));

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const numbers = (text) => new Int16Array(bytes(text).buffer);  // little-endian, as every browser's machine is

/** Places of a frame as pixels: x and y in turn. */
function pixels(text, side) {
  const raw = numbers(text), found = new Float32Array(raw.length);
  for (let i = 0; i < raw.length; i++) found[i] = (1 + (i % 2 ? -2 : 2) * raw[i] / FULL) * side / 2;
  return found;
}

/** The colour of the page behind the picture. */
function groundOf(element) {
  const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  probe.fillStyle = getComputedStyle(element).getPropertyValue('--st-background-color') || '#fff';
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

/** Shares 0 to 254 on a square grid, lowest y first, as a small picture; 255 stays clear. */
function tiles(text, paint) {
  const shares = bytes(text), n = Math.round(Math.sqrt(shares.length));
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = n;
  const pen = canvas.getContext('2d'), image = pen.createImageData(n, n);
  shares.forEach((share, i) => {
    const at = 4 * ((n - 1 - Math.floor(i / n)) * n + (i % n));
    image.data.set(share === 255 ? [0, 0, 0, 0] : paint(share / 254), at);
  });
  pen.putImageData(image, 0, 0);
  return canvas;
}

/** D's answer as a colour: purple for fake, grey for undecided, green for real; muted, as dots lie on it. */
const verdict = (ground, strength) => {
  const [low, middle, high] = [COLOUR.fake, COLOUR.grey, COLOUR.real].map((c) => mixed(c, ground, strength));
  return (share) => [...(share < 0.5 ? mixed(middle, low, 2 * share) : mixed(high, middle, 2 * share - 1)), 255];
};

function drawSheet(pen, frame, places, alpha) {
  const { sheet_rows: rows, sheet_columns: columns } = frame, opacity = bytes(frame.opacity);
  const at = (i, j) => 2 * (i * columns + j);
  const go = (k, how) => pen[how](places[k], places[k + 1]);
  pen.lineWidth = columns > 1 ? 0.6 : 4;
  for (let i = 0; i + 1 < rows; i++) {
    for (let j = 0; j < Math.max(1, columns - 1); j++) {
      const shade = opacity[i * Math.max(1, columns - 1) + j] / 254 * alpha;
      pen.fillStyle = rgba(COLOUR.fake, shade * 0.85);
      pen.strokeStyle = rgba(COLOUR.fake, columns > 1 ? 0.15 * alpha + shade * 0.6 : 0.2 * alpha + shade * 0.8);
      pen.beginPath();
      go(at(i, j), 'moveTo');
      go(at(i + 1, j), 'lineTo');
      if (columns > 1) {
        go(at(i + 1, j + 1), 'lineTo');
        go(at(i, j + 1), 'lineTo');
        pen.closePath();
        pen.fill();
      }
      pen.stroke();
    }
  }
}

function drawDots(pen, places, colour, radius, alpha, rim) {
  pen.fillStyle = rgba(colour, alpha);
  pen.strokeStyle = `rgba(255,255,255,${rim * alpha})`;
  pen.lineWidth = 2;
  pen.beginPath();
  for (let i = 0; i < places.length; i += 2) {
    pen.moveTo(places[i] + radius, places[i + 1]);
    pen.arc(places[i], places[i + 1], radius, 0, 2 * Math.PI);
  }
  if (rim) pen.stroke();  // below, so that a heap of dots keeps its colour
  pen.fill();
}

/** An arrow at each fake; its length tells the gradient's size: long ones are squeezed, small ones stay small. */
function drawPull(pen, pull, places, side, alpha) {
  pen.strokeStyle = rgba(COLOUR.pull, alpha);
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (let i = 0; i < places.length; i += 2) {
    const dx = pull[i], dy = -pull[i + 1], size = Math.hypot(dx, dy) * 16 / FULL;
    const length = side * 0.11 * (1 - Math.exp(-size / 0.5));
    if (length < 1) continue;
    const ux = dx / Math.hypot(dx, dy), uy = dy / Math.hypot(dx, dy);
    const x = places[i] + ux * length, y = places[i + 1] + uy * length, head = Math.min(4, length / 2);
    pen.moveTo(places[i], places[i + 1]);
    pen.lineTo(x, y);
    pen.moveTo(x - head * (ux + uy), y - head * (uy - ux));
    pen.lineTo(x, y);
    pen.lineTo(x - head * (ux - uy), y - head * (uy + ux));
  }
  pen.stroke();
}

function drawCentres(pen, centres, extent, side, colour) {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  pen.beginPath();
  for (const [cx, cy] of centres) {
    const x = (1 + cx / extent) * side / 2, y = (1 - cy / extent) * side / 2;
    pen.moveTo(x + 8, y);
    pen.arc(x, y, 8, 0, 2 * Math.PI);
  }
  pen.stroke();
}

/** The dot a viewer follows: a ring around it and where it came from. */
function drawFollowed(pen, trail, x, y, colour) {
  pen.strokeStyle = colour;
  pen.lineWidth = 1.5;
  pen.beginPath();
  trail.forEach(([tx, ty], i) => pen[i ? 'lineTo' : 'moveTo'](tx, ty));
  pen.lineTo(x, y);
  pen.stroke();
  pen.lineWidth = 2.5;
  pen.beginPath();
  pen.arc(x, y, 8, 0, 2 * Math.PI);
  pen.stroke();
}

/** A small chart of curves over steps. */
function drawChart(canvas, { steps, lines, references, low, high, marks, ink, faint }) {
  const scale = Math.min(2, window.devicePixelRatio || 1), width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext('2d');
  pen.scale(scale, scale);
  pen.font = '11px ' + (getComputedStyle(canvas).fontFamily || 'sans-serif');
  const all = lines.flatMap((line) => line.values).filter((v) => v !== null);
  if (high === null) high = Math.max(...references.map((r) => r.value), ...all, 0.1) * 1.15;
  if (low === null) low = Math.min(0, ...all);
  const left = 30, right = width - 4, top = 6, bottom = height - 6, last = Math.max(steps.at(-1) ?? 1, 1);
  const x = (step) => left + (step / last) * (right - left);
  const y = (value) => bottom - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (bottom - top);
  pen.strokeStyle = faint;
  pen.fillStyle = ink;
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  for (const value of [low, high]) {
    pen.fillText(+value.toPrecision(2), left - 4, y(value) + (value === low ? -3 : 3));
    pen.beginPath();
    pen.moveTo(left, y(value));
    pen.lineTo(right, y(value));
    pen.stroke();
  }
  pen.textAlign = 'right';
  for (const { value, label } of references) {
    pen.setLineDash([4, 3]);
    pen.strokeStyle = ink;
    pen.globalAlpha = 0.6;
    pen.beginPath();
    pen.moveTo(left, y(value));
    pen.lineTo(right, y(value));
    pen.stroke();
    pen.globalAlpha = 1;
    pen.fillText(label, right, y(value) + (y(value) < top + 12 ? 8 : -7));
    pen.setLineDash([]);
  }
  pen.setLineDash([1, 3]);
  for (const step of marks) {
    pen.beginPath();
    pen.moveTo(x(step), top);
    pen.lineTo(x(step), bottom);
    pen.stroke();
  }
  pen.setLineDash([]);
  for (const { values, colour } of lines) {
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = 1.7;
    pen.beginPath();
    let pending = true;
    values.forEach((value, i) => {
      if (value === null) { pending = true; return; }
      pen[pending ? 'moveTo' : 'lineTo'](x(steps[i]), y(value));
      pending = false;
    });
    pen.stroke();
    if (values.length === 1 && values[0] !== null) pen.fillRect(x(steps[0]) - 2, y(values[0]) - 2, 4, 4);
  }
}
