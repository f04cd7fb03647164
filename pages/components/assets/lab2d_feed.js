// Hands what the server says to the stage, whose scripts and style so need not come with every frame.
export default function ({ data, setStateValue }) {
  const lab = (globalThis.ganLab ??= {});
  lab.data = data;
  lab.send = setStateValue;
  lab.arrived?.();
}
