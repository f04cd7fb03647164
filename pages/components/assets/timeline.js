const PAUSE_MS = 60;     // between two messages while dragging
const FRAME_MS = 160;    // of the film, if the server keeps up
const PATIENCE_MS = 900; // then the next frame is asked for anyway

const counter = (step) => String(step).padStart(6, '0').replace(/\B(?=(\d{3})+(?!\d))/g, ',');

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector('.timeline');
  const view = (root.view ??= { chosen: data.first, timer: 0, asked: 0, sent: 0 });
  const [play, slider, label, newest] = root.children;
  view.steps = data.steps;
  view.live = data.live;
  view.shown = data.shown;
  view.send = setStateValue;
  if (!view.ready) connect();
  view.draw();

  function connect() {
    view.ready = true;
    const nearest = () => {
      let best = 0;
      view.steps.forEach((step, i) => {
        if (Math.abs(step - view.chosen) < Math.abs(view.steps[best] - view.chosen)) best = i;
      });
      return best;
    };
    view.draw = () => {
      const last = view.steps.length - 1;
      const following = view.chosen < 0;
      slider.max = Math.max(last, 0);
      slider.disabled = play.disabled = last < 1;
      if (root.dragging !== true) slider.value = following ? last : nearest();
      const step = following ? view.steps[last] ?? 0 : view.steps[slider.value];
      label.textContent = 'step ' + counter(step);
      slider.setAttribute('aria-valuetext', label.textContent);
      newest.textContent = view.live ? '\u25CF Live' : 'Latest';
      newest.classList.toggle('on', following);
      newest.disabled = following;
      play.textContent = view.timer ? '\u275A\u275A' : '\u25B6';
      play.setAttribute('aria-label', view.timer ? 'Pause the timeline' : 'Play the timeline');
    };
    const choose = (step) => {
      view.chosen = step;
      view.asked = performance.now();
      view.draw();
      clearTimeout(view.late);
      const wait = Math.max(0, view.sent + PAUSE_MS - performance.now());
      view.late = setTimeout(() => { view.sent = performance.now(); view.send('step', view.chosen); }, wait);
    };
    const halt = () => { clearInterval(view.timer); view.timer = 0; view.draw(); };
    const advance = () => {
      const arrived = view.shown === view.chosen;
      if (!arrived && performance.now() - view.asked < PATIENCE_MS) return;
      const next = Number(slider.value) + 1;
      if (next >= view.steps.length) { halt(); choose(-1); } else { slider.value = next; choose(view.steps[next]); }
    };
    slider.addEventListener('pointerdown', () => { root.dragging = true; });
    for (const end of ['pointerup', 'pointercancel', 'blur']) slider.addEventListener(end, () => { root.dragging = false; });
    slider.addEventListener('input', () => {
      if (view.timer) halt();
      const last = Number(slider.value) === view.steps.length - 1;
      choose(last ? -1 : view.steps[slider.value]);
    });
    newest.addEventListener('click', () => { if (view.timer) halt(); choose(-1); });
    play.addEventListener('click', () => {
      if (view.timer) return halt();
      view.timer = setInterval(advance, FRAME_MS);
      if (view.chosen < 0) { slider.value = 0; choose(view.steps[0]); } else view.draw();
    });
  }
}
