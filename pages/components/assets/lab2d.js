// The lab's stage: transport, picture, layers, curves. It asks the server for a frame whenever it has drawn one.
const ASK_MS = 50;        // between two requests while the game plays, at least
const START_MS = 100000;  // the same for the first picture, for which libraries may have to be loaded
const ALIVE_MS = 5000;    // between two requests while it rests: they say that somebody still looks
const PATIENCE_MS = 12000; // then a request counts as lost: asking again cuts an answer short
const DRAW_MS = 30;       // between two drawings while dots move
const CAPTION_MS = 2200;  // of slow motion at its normal pace
const TRAIL = 80;

const counter = (step) => String(step).padStart(6, '0').replace(/\B(?=(\d{3})+(?!\d))/g, ',');
const percent = (share) => (share === null || share === undefined ? '–' : Math.round(100 * share) + ' %');
const short = (value) => (value === null || value === undefined ? '–' : value.toFixed(value < 0.1 ? 3 : 2));

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector('.lab2d'), lab = (globalThis.ganLab ??= {});
  const view = (root.view ??= { frames: 0, trail: [] });
  view.fixed = data;
  view.lab = lab;
  lab.arrived = () => {
    view.data = lab.data;
    if (!view.ready) connect(root, view);
    view.arrived();
  };
  if (lab.data) lab.arrived();
  return () => {
    view.gone = true;
    clearTimeout(view.timer);
    clearTimeout(view.captionTimer);
    cancelAnimationFrame(view.raf);
    delete globalThis.ganLab;
  };
}

function connect(root, view) {
  view.ready = true;
  const find = (selector) => root.querySelector(selector);
  const canvas = find('.picture canvas'), play = find('.play'), slow = find('.slow'), speed = find('.speed');
  const boxes = [...root.querySelectorAll('.layers input')];
  Object.assign(view, { seq: view.data.ack, pending: [], n: view.data.echo, plays: view.data.autoplay, caption: -1, sent: 0, started: 0 });
  for (const box of boxes) box.checked = view.data.layers.includes(box.value);
  speed.value = String(view.data.speed ?? '');
  slow.checked = view.data.slow;

  // --- asking -------------------------------------------------------------------------------------------------
  view.ask = () => {
    if (view.gone) return;
    clearTimeout(view.timer);
    view.sent = performance.now();
    view.n += 1;
    view.waiting = true;
    view.lab.send('ask', {
      n: view.n, do: view.pending, speed: speed.value ? Number(speed.value) : null, slow: slow.checked,
      layers: boxes.filter((box) => box.checked).map((box) => box.value),
    });
    view.timer = setTimeout(view.ask, view.frame ? PATIENCE_MS : START_MS);
  };
  view.tell = (what) => {
    view.pending.push({ seq: ++view.seq, what });
    view.ask();
  };
  view.next = () => {
    clearTimeout(view.timer);
    const busy = view.data.frame?.playing && !view.data.problem && !document.hidden;
    const wait = busy ? Math.max(0, view.sent + ASK_MS - performance.now()) : ALIVE_MS;
    view.timer = setTimeout(view.ask, view.pending.length ? Math.min(wait, 200) : wait);
  };

  // --- a frame --------------------------------------------------------------------------------------------------
  view.arrived = () => {
    const { data } = view, { frame } = data;
    view.pending = view.pending.filter((command) => command.seq > data.ack);
    if (data.echo >= view.n) view.waiting = false;
    if (!view.waiting) view.next();
    for (const box of boxes) {
      box.disabled = data.impossible.includes(box.value);
      box.parentElement.title = box.disabled ? data.why[box.value] : box.dataset.help;
    }
    if (!frame) return;
    if (frame !== view.frame) newFrame(frame);
    showNumbers(root, view, frame);
    view.draw();
    if (view.plays) { view.plays = false; view.begin(); }
  };
  const newFrame = (frame) => {
    const side = resize(canvas), now = performance.now();
    const target = pixels(frame.fake, side);
    const continues = view.frame && view.places?.length === target.length && view.side === side
      && frame.step >= view.frame.step && frame.extent === view.frame.extent;
    if (!continues) { view.trail = []; view.followed = null; }
    view.from = continues ? view.places.slice() : target;
    view.target = target;
    view.tween = continues ? Math.min(400, Math.max(60, now - view.started)) : 0;
    view.started = now;
    view.side = side;
    view.frame = frame;
    view.fresh = true;
    const ground = groundOf(root);
    view.tiles = {
      field: frame.field && tiles(frame.field, verdict(ground, 0.45)),
      best: frame.best && tiles(frame.best, verdict(ground, 0.8)),
      gap: frame.gap && tiles(frame.gap, (share) => [...COLOUR.gap, Math.round(255 * Math.sqrt(share))]),
    };
    view.real = pixels(frame.real, side);
    view.sheet = frame.sheet && pixels(frame.sheet, side);
    view.pull = frame.pull && numbers(frame.pull);
  };
  view.draw = () => { cancelAnimationFrame(view.raf); view.raf = requestAnimationFrame(tick); };
  const tick = (time) => {
    if (view.gone || !view.frame) return;
    if (!view.fresh && time - view.drawn < DRAW_MS) { view.raf = requestAnimationFrame(tick); return; }
    view.drawn = time;
    const share = view.tween ? Math.min(1, (performance.now() - view.started) / view.tween) : 1;
    view.places = view.target.map((value, i) => view.from[i] + (value - view.from[i]) * share);
    paint(root, view, canvas);
    if (view.fresh) { view.fresh = false; root.dataset.frames = ++view.frames; root.dataset.step = view.frame.step; }
    if (share < 1) view.raf = requestAnimationFrame(tick);
    else if (view.followed !== null && view.followed !== undefined) {
      view.trail.push([view.places[2 * view.followed], view.places[2 * view.followed + 1]]);
      if (view.trail.length > TRAIL) view.trail.shift();
    }
  };

  // --- hands ----------------------------------------------------------------------------------------------------
  for (const button of root.querySelectorAll('button[data-do]')) {
    button.addEventListener('click', () => { stopCaptions(); view.tell(button.dataset.do); });
  }
  play.addEventListener('click', () => {
    if (view.caption >= 0) return stopCaptions();
    if (view.data.frame?.playing) return view.tell('pause');
    if (slow.checked) return startCaptions();
    view.tell('play');
  });
  slow.addEventListener('change', () => {
    if (!slow.checked && view.caption >= 0) { stopCaptions(); view.tell('play'); }
    else if (slow.checked && view.data.frame?.playing) { view.tell('pause'); startCaptions(); }
    else view.ask();
  });
  speed.addEventListener('change', view.ask);
  find('.save').addEventListener('click', () => save(root, canvas));
  for (const box of boxes) box.addEventListener('change', view.ask);
  document.addEventListener('visibilitychange', () => { if (!document.hidden && !view.gone) view.ask(); });
  new ResizeObserver(() => { if (view.frame) { newFrame(view.frame); view.draw(); } }).observe(canvas.parentElement);
  const follow = (index) => { view.followed = index; view.trail = []; view.draw(); };
  canvas.addEventListener('click', (event) => {
    if (!view.places) return;
    const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    let best = null, nearest = 20;
    for (let i = 0; i < view.places.length; i += 2) {
      const distance = Math.hypot(view.places[i] - x, view.places[i + 1] - y);
      if (distance < nearest) [best, nearest] = [i / 2, distance];
    }
    follow(best);
  });
  canvas.addEventListener('keydown', (event) => {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], count = (view.places?.length ?? 0) / 2;
    if (event.key === 'Escape') return follow(null);
    if (!move || !count) return;
    event.preventDefault();
    follow(((view.followed ?? -1) + move + count) % count);
  });

  // --- slow motion ----------------------------------------------------------------------------------------------
  const startCaptions = () => { view.caption = 0; view.ask(); showCaption(); };
  const stopCaptions = () => { clearTimeout(view.captionTimer); view.caption = -1; showNumbers(root, view, view.frame); view.draw(); };
  const showCaption = () => {
    const entry = view.fixed.captions[view.caption];
    if (entry.do) view.tell(entry.do);
    showNumbers(root, view, view.frame);
    view.draw();
    view.captionTimer = setTimeout(() => {
      view.caption = (view.caption + 1) % view.fixed.captions.length;
      showCaption();
    }, CAPTION_MS);
  };
  view.begin = () => { if (slow.checked) startCaptions(); else view.tell('play'); };
}

/** Saves the picture, on the ground of the page. */
function save(root, canvas) {
  const copy = document.createElement('canvas');
  copy.width = copy.height = canvas.width;
  const pen = copy.getContext('2d');
  pen.fillStyle = `rgb(${groundOf(root)})`;
  pen.fillRect(0, 0, copy.width, copy.height);
  pen.drawImage(canvas, 0, 0);
  const link = document.createElement('a');
  link.href = copy.toDataURL('image/png');
  link.download = `gan-lab-step-${root.dataset.step}.png`;
  link.click();
}

/** Fits the canvas to its place; its side in CSS pixels. */
function resize(canvas) {
  const scale = Math.min(2, window.devicePixelRatio || 1), side = Math.round(canvas.clientWidth) || 400;
  if (canvas.width !== Math.round(side * scale)) canvas.width = canvas.height = Math.round(side * scale);
  return side;
}

function paint(root, view, canvas) {
  const { frame, side, places } = view, pen = canvas.getContext('2d'), scale = canvas.width / side;
  const on = (name) => root.querySelector(`.layers input[value="${name}"]`).checked;
  const bright = view.caption >= 0 ? view.fixed.captions[view.caption].layers : null;
  const alpha = (name) => (bright === null || bright.includes(name) ? 1 : 0.25);
  const shows = (name) => on(name) || (bright !== null && bright.includes(name));
  const ink = getComputedStyle(root).color;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, side, side);
  pen.imageSmoothingEnabled = true;
  for (const name of ['field', 'best', 'gap']) {
    if (!view.tiles[name] || !shows(name)) continue;
    pen.globalAlpha = alpha(name);
    pen.drawImage(view.tiles[name], 0, 0, side, side);
    pen.globalAlpha = 1;
  }
  if (view.sheet && shows('sheet')) drawSheet(pen, frame, view.sheet, alpha('sheet'));
  if (shows('real')) drawDots(pen, view.real, COLOUR.real, 2.6, 0.85 * alpha('real'), 0);
  if (shows('fake')) drawDots(pen, places, COLOUR.fake, 3.2, 0.95 * alpha('fake'), 1);
  if (shows('centres')) drawCentres(pen, frame.centres, frame.extent, side, ink);
  if (view.pull && shows('pull')) drawPull(pen, view.pull, places, side, alpha('pull'));
  if (view.followed !== null && view.followed !== undefined && on('fake')) {
    drawFollowed(pen, view.trail, places[2 * view.followed], places[2 * view.followed + 1], ink);
  }
}

function showNumbers(root, view, frame) {
  if (!frame) return;
  const find = (selector) => root.querySelector(selector), say = (selector, text) => { find(selector).textContent = text; };
  const busy = frame.playing || view.caption >= 0;
  say('.play', busy ? '❚❚ Pause' : '▶ Play');
  say('.counter', counter(frame.step));
  say('.rate', frame.playing && frame.speed ? Math.round(frame.speed).toLocaleString('en') + ' steps/s' : '');
  const entry = view.caption >= 0 ? view.fixed.captions[view.caption] : null;
  const problem = view.data.problem ?? frame.problem;
  say('.words', problem ?? (entry ? entry.words : view.fixed.words));
  find('.words').classList.toggle('alarm', Boolean(problem));
  say('.number', entry ? entry.number : '');
  find('.number').style.setProperty('--tone', entry?.number.startsWith('D') ? 'var(--disc)' : 'var(--fake)');
  for (const part of root.querySelectorAll('.flow [data-part]')) {
    part.classList.toggle('off', Boolean(entry) && !entry.parts.includes(part.dataset.part));
    part.classList.toggle('on', Boolean(entry) && entry.parts.includes(part.dataset.part));
  }
  if (view.counted === frame) return;
  view.counted = frame;
  const { reading, floors, curves, readings } = frame;
  if (reading) {
    say('.reached-title', reading.has_modes ? 'Modes reached' : 'Part reached');
    say('.reached', reading.has_modes ? `${reading.reached} of ${reading.places}` : percent(reading.reached / reading.places));
    say('.quality', percent(reading.quality));
    say('.divergence', short(reading.divergence));
    say('.gap', short(reading.gap));
  }
  const newest = (values) => short(values?.findLast((value) => value !== null));
  say('.d-loss', newest(curves.d_loss));
  say('.g-loss', newest(curves.g_loss));
  const probe = find('.number'), before = probe.style.color;
  const tone = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };  // of the theme
  const common = { ink: tone('--quiet'), faint: tone('--hairline'), marks: frame.marks.map(([step]) => step) };
  const line = (source, name, colour, scale = 1) => ({ colour: tone(colour), values: (source[name] ?? []).map((v) => (v === null ? null : v * scale)) });
  const places = reading?.places ?? 1;
  drawChart(find('.losses'), {
    ...common, steps: curves.steps, lines: [line(curves, 'd_loss', '--disc'), line(curves, 'g_loss', '--fake')],
    references: view.data.references, low: null, high: null,
  });
  drawChart(find('.shares'), {
    ...common, steps: readings.steps, low: 0, high: 1, 
    lines: [line(readings, 'reached', '--real', 1 / places), line(readings, 'quality', '--fake')], references: [],
  });
  drawChart(find('.distances'), {
    ...common, steps: readings.steps, low: 0, high: floors.apart,
    lines: [line(readings, 'divergence', '--fake'), line(readings, 'gap', '--disc')],
    references: [{ value: floors.divergence, label: 'real points' }],
  });
  probe.style.color = before;
}
