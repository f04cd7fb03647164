const SPACING = 2.5; // pixels between the points of a stroke
const MOST = 4000;   // points of a drawing; more say nothing new

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector('.drawing-board');
  const [canvas, hint, clear] = root.children;
  const board = (root.board ??= { points: [], last: null });
  board.send = () => setStateValue('points', board.points);
  board.extent = data.extent;
  if (board.ready) return;
  board.ready = true;
  board.points = data.points ?? [];

  const pen = canvas.getContext('2d');
  const side = canvas.width;
  const toPlane = (x, y) => [(x / side) * 2 - 1, 1 - (y / side) * 2].map((v) => Math.round(v * board.extent * 1000) / 1000);
  const dot = ([x, y]) => {
    pen.beginPath();
    pen.arc(((x / board.extent + 1) / 2) * side, ((1 - y / board.extent) / 2) * side, 4, 0, 2 * Math.PI);
    pen.fill();
  };
  const draw = () => {
    pen.clearRect(0, 0, side, side);
    pen.fillStyle = '#008837';
    board.points.forEach(dot);
    hint.hidden = board.points.length > 0;
    clear.disabled = board.points.length === 0;
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const clip = (v) => Math.min(side, Math.max(0, v));
    return [clip(((event.clientX - box.left) / box.width) * side), clip(((event.clientY - box.top) / box.height) * side)];
  };
  const stroke = (event) => {
    const [x, y] = place(event);
    const [x0, y0] = board.last ?? [x, y];
    const steps = Math.max(1, Math.round(Math.hypot(x - x0, y - y0) / SPACING));
    for (let i = 1; i <= steps && board.points.length < MOST; i++) {
      board.points.push(toPlane(x0 + ((x - x0) * i) / steps, y0 + ((y - y0) * i) / steps));
    }
    board.last = [x, y];
    draw();
  };

  canvas.addEventListener('pointerdown', (event) => { canvas.setPointerCapture(event.pointerId); stroke(event); });
  canvas.addEventListener('pointermove', (event) => { if (board.last) stroke(event); });
  for (const end of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(end, () => { if (board.last) { board.last = null; board.send(); } });
  }
  clear.addEventListener('click', () => { board.points = []; draw(); board.send(); });
  draw();
}
