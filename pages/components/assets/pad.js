const PAUSE_MS = 50;      // between two messages while dragging
const PROMPT_MS = 120;    // a server that answers within this time may be asked again before it has answered
const PATIENCE_MS = 1000; // then the newest position is sent even if the last one was not answered
const REST_MS = 200;      // without a move, after which the hand has let go: a key that is held repeats faster
const KEY_STEP = 0.1;     // standard deviations an arrow key moves the point on the pad

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector('.latent-pad');
  const view = (root.view ??= { values: [], sent: 0, answered: 0, times: new Map(), trip: Infinity, dirty: false, final: false });
  view.send = setStateValue;
  view.data = data;
  if (!view.ready) connect();
  if (view.version !== data.version) {
    clearTimeout(view.rest);
    view.version = data.version;
    view.values = [...data.values];
    view.answered = view.sent;
    view.dirty = false;
  }
  view.thumbs = data.thumbs ?? view.thumbs ?? data.names.map(() => ['', '']);
  const rows = JSON.stringify([data.names, view.thumbs]);
  if (view.rows !== rows) { view.rows = rows; view.build(); }
  if (data.echo > view.answered && data.echo <= view.sent) {  // an answer is here, to this request and those before
    view.trip = performance.now() - view.times.get(data.echo);
    while (view.answered < data.echo) view.times.delete(++view.answered);
    if (view.dirty) view.post();
  }
  view.draw();

  function connect() {
    view.ready = true;
    const [list, plane] = root.children;
    const [axes, pad] = plane.children;
    const [across, up] = axes.querySelectorAll('select');
    const point = pad.querySelector('.point');
    const words = (value) => (value > 0 ? '+' : value < 0 ? '\u2212' : '') + Math.abs(value).toFixed(1) + ' \u03C3';
    const clip = (value) => Math.max(-view.data.reach, Math.min(view.data.reach, Math.round(value * 100) / 100));
    const element = (kind, name, parent) => {
      const made = document.createElement(kind);
      if (name) made.className = name;
      parent?.append(made);
      return made;
    };

    // At most two requests are on their way, one if the server is busy; meanwhile only the newest position is kept.
    view.post = () => {
      clearTimeout(view.timer);
      const now = performance.now(), last = view.times.get(view.sent) ?? -Infinity;
      const full = view.sent - view.answered >= (view.trip < PROMPT_MS ? 2 : 1);
      const wait = full ? last + PATIENCE_MS - now : view.final ? 0 : last + PAUSE_MS - now;
      view.dirty = true;
      if (wait > 0) { view.timer = setTimeout(view.post, wait); return; }
      view.dirty = false;
      view.times.set(++view.sent, now);
      view.send('edit', { version: view.version, seq: view.sent, values: [...view.values], final: view.final });
    };
    const move = (index, value, final) => {
      if (index < 0 || index >= view.values.length) return;
      clearTimeout(view.rest);
      view.values[index] = clip(value);
      view.final = final;
      view.draw();
      view.post();
    };
    // What lies below the pictures is drawn anew once the hand has let go, not at each press of a key.
    const finish = () => {
      clearTimeout(view.rest);
      view.rest = setTimeout(() => { view.final = true; view.post(); }, REST_MS);
    };

    const picture = (row, address, words) => {
      const image = element('img', '', row);
      image.src = address;
      image.alt = words;
      image.draggable = false;
      return image;
    };
    view.build = () => {
      list.replaceChildren();
      view.inputs = view.data.names.map((name, index) => {
        const row = element('div', 'row', list);
        const [low, high] = view.thumbs[index] ?? ['', ''];
        picture(row, low, name + ', two standard deviations back');
        const middle = element('label', '', row);
        element('span', 'name', middle).textContent = name;
        const input = element('input', '', middle);
        Object.assign(input, { type: 'range', min: -view.data.reach, max: view.data.reach, step: 0.05 });
        input.setAttribute('aria-label', name);
        input.addEventListener('input', () => move(index, Number(input.value), false));
        input.addEventListener('change', finish);
        input.addEventListener('dblclick', () => move(index, 0, true));
        picture(row, high, name + ', two standard deviations on');
        const output = element('output', '', row);
        return { input, output };
      });
      for (const [axis, first] of [[across, 0], [up, 1]]) {
        const before = axis.options.length ? axis.selectedIndex : first;
        axis.replaceChildren();
        view.data.names.forEach((name) => { element('option', '', axis).textContent = name; });
        axis.selectedIndex = Math.min(before, view.data.names.length - 1);
      }
    };
    view.draw = () => {
      view.inputs.forEach(({ input, output }, index) => {
        const value = view.values[index] ?? 0;
        if (Number(input.value) !== value) input.value = value;
        const share = (value / view.data.reach + 1) * 50;
        input.style.setProperty('--low', Math.min(50, share) + '%');  // filled from the middle, where nothing is moved
        input.style.setProperty('--high', Math.max(50, share) + '%');
        output.textContent = words(value);
        input.setAttribute('aria-valuetext', words(value));
      });
      const place = (axis) => ((view.values[axis.selectedIndex] ?? 0) / view.data.reach + 1) * 50;
      point.style.left = place(across) + '%';
      point.style.top = 100 - place(up) + '%';
      const where = [across, up].map((axis) => (axis.value || '') + ' ' + words(view.values[axis.selectedIndex] ?? 0));
      pad.setAttribute('aria-valuetext', where.join(', '));
    };

    const drag = (event) => {
      const box = pad.getBoundingClientRect();
      const at = (share) => (share * 2 - 1) * view.data.reach;
      if (up.selectedIndex !== across.selectedIndex) {
        view.values[up.selectedIndex] = clip(at(1 - (event.clientY - box.top) / box.height));
      }
      move(across.selectedIndex, at((event.clientX - box.left) / box.width), false);
    };
    pad.addEventListener('pointerdown', (event) => { pad.setPointerCapture(event.pointerId); root.dragging = true; drag(event); });
    pad.addEventListener('pointermove', (event) => { if (root.dragging) drag(event); });
    for (const end of ['pointerup', 'pointercancel']) {
      pad.addEventListener(end, () => { if (root.dragging) { root.dragging = false; finish(); } });
    }
    pad.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: [across, -1], ArrowRight: [across, 1], ArrowDown: [up, -1], ArrowUp: [up, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const index = step[0].selectedIndex;
      move(index, (view.values[index] ?? 0) + step[1] * KEY_STEP, false);
      finish();
    });
    for (const axis of [across, up]) axis.addEventListener('change', () => view.draw());
  }
}
