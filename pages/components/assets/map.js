// A picture of equal cells: a click, or the arrow keys and Enter, choose one.
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.latent-map');
  const [image, mark] = root.children;
  const view = (root.view ??= { row: data.start, column: data.start });
  view.send = setTriggerValue;
  view.side = data.side;
  image.alt = data.words;
  root.setAttribute('aria-label', data.words + ': arrow keys and Enter choose a place');
  if (image.getAttribute('src') !== data.picture) image.src = data.picture;
  const draw = () => {
    const share = 100 / view.side;
    Object.assign(mark.style, { left: view.column * share + '%', top: view.row * share + '%', width: share + '%', height: share + '%' });
    root.setAttribute('aria-valuetext', 'row ' + (view.row + 1) + ', column ' + (view.column + 1));
  };
  draw();
  if (view.ready) return;
  view.ready = true;
  const clip = (value) => Math.max(0, Math.min(view.side - 1, value));
  const point = (event) => {
    const box = image.getBoundingClientRect();
    view.column = clip(Math.floor(((event.clientX - box.left) / box.width) * view.side));
    view.row = clip(Math.floor(((event.clientY - box.top) / box.height) * view.side));
    draw();
  };
  const choose = () => view.send('cell', { row: view.row, column: view.column });
  root.addEventListener('pointermove', point);
  root.addEventListener('click', (event) => { point(event); choose(); });
  root.addEventListener('keydown', (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (move) {
      view.row = clip(view.row + move[0]);
      view.column = clip(view.column + move[1]);
      draw();
    } else if (event.key === 'Enter' || event.key === ' ') choose();
    else return;
    event.preventDefault();
  });
}
