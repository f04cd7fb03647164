// Two pictures on top of each other: left of the divider the one, right of it the other. The divider is a range
// input as large as the pictures, so that mouse, finger and arrow keys all move it.
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector('.wipe');
  const [after, before, , left, right, input] = root.children;
  const view = (root.view ??= {});
  view.send = setStateValue;
  const draw = () => {
    root.style.setProperty('--at', input.value + '%');
    input.setAttribute('aria-valuetext', input.value + ' per cent ' + left.textContent + ', the rest ' + right.textContent);
    left.style.visibility = Number(input.value) < 12 ? 'hidden' : '';
    right.style.visibility = Number(input.value) > 88 ? 'hidden' : '';
  };
  for (const [image, source] of [[before, data.before], [after, data.after]]) {
    if (image.getAttribute('src') !== source) image.src = source;
  }
  left.textContent = data.names[0];
  right.textContent = data.names[1];
  before.alt = data.names[0];
  after.alt = data.names[1];
  input.setAttribute('aria-label', 'Divider between ' + data.names[0] + ' and ' + data.names[1]);
  root.style.setProperty('--shape', data.shape);
  root.classList.toggle('crisp', data.crisp);
  if (!view.ready) {
    view.ready = true;
    input.value = data.at;
    input.addEventListener('input', draw);
    input.addEventListener('change', () => view.send('at', Number(input.value)));
  }
  draw();
}
