// A canvas to draw a picture on, or to paint out a part of one; tells its content when the pen is lifted.
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector('.sketch');
  const [canvas, clear] = root.children;
  const view = (root.view ??= {});
  view.send = setStateValue;
  const pen = canvas.getContext('2d');
  const wipe = () => {
    view.drawn = false;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    clear.disabled = true;
  };
  if (view.ground !== data.ground || view.fresh !== data.fresh) {
    view.ground = data.ground;
    view.fresh = data.fresh;
    canvas.style.backgroundImage = data.ground ? `url(${data.ground})` : 'none';
    canvas.style.backgroundColor = data.paper;
    canvas.setAttribute('aria-label', data.words);
    wipe();
  }
  view.data = data;
  if (view.ready) return;
  view.ready = true;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height];
  };
  const stroke = (event) => {
    const [x, y] = place(event);
    const [x0, y0] = view.last ?? [x, y];
    Object.assign(pen, { lineCap: 'round', lineJoin: 'round', lineWidth: view.data.width * canvas.width, strokeStyle: view.data.ink });
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x + 0.01, y);
    pen.stroke();
    view.last = [x, y];
    view.drawn = true;
    clear.disabled = false;
  };
  const tell = () => view.send('drawing', view.drawn ? canvas.toDataURL('image/png') : '');
  canvas.addEventListener('pointerdown', (event) => { canvas.setPointerCapture(event.pointerId); stroke(event); });
  canvas.addEventListener('pointermove', (event) => { if (view.last) stroke(event); });
  for (const end of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(end, () => { if (view.last) { view.last = null; tell(); } });
  }
  clear.addEventListener('click', () => { wipe(); tell(); });
}
