// What the page shows comes from three streams of the server: /live, the logs of one container, and its terminal.
const SAMPLES = 60;
const $ = selector => document.querySelector(selector);
const rows = new Map();
let shown = null;  // what the side shows: {id, end}

// ---- containers

async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    yield* parts;
  }
}

async function watch() {
  for (;;) {
    try {
      const response = await fetch("/live");
      if (!response.ok) throw new Error(await response.text());
      const old = new Set(rows.keys());
      for await (const line of lines(response)) take(JSON.parse(line), old);
      away("the console has ended the stream");
    } catch (error) {
      away(error.message);
    }
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
}

function take(line, old) {
  if (line.kind === "engine") {
    for (const id of old) remove(id);  // those that went while nothing was received
    old.clear();
    away(line.away);
  } else if (line.kind === "figures") draw(line);
  else if (line.kind === "removed") remove(line.id);
  else {
    old.delete(line.id);
    show(line);
  }
}

function away(reason) {
  $("#away").hidden = !reason;
  $("#away").textContent = reason && `${reason} – trying again`;
}

function show({id, name, image, state}) {
  const row = rows.get(id) ?? add(id, name);
  row.element.classList.toggle("running", state === "running");
  row.element.querySelector(".name").textContent = name;
  row.element.querySelector(".image").textContent = image;
  row.element.querySelector(".state").textContent = state;
  if (state !== "running") {
    row.samples = [];
    for (const output of row.element.querySelectorAll("output")) output.textContent = "–";
    row.element.querySelectorAll("canvas").forEach(canvas => { canvas.width = canvas.width; });
  }
}

function add(id, name) {
  const element = $("#row").content.firstElementChild.cloneNode(true);
  element.dataset.name = name;
  for (const button of element.querySelectorAll("[data-act]")) button.onclick = () => act(id, button);
  for (const button of element.querySelectorAll("[data-show]")) button.onclick = () => open(id, name, button.dataset.show);
  const after = [...$("#list").children].find(other => other.dataset.name > name);
  $("#list").insertBefore(element, after ?? null);
  const row = {element, samples: []};
  rows.set(id, row);
  count();
  return row;
}

function remove(id) {
  const row = rows.get(id);
  if (!row) return;
  rows.delete(id);
  if (shown?.id === id) leave();
  row.element.classList.add("gone");
  row.element.addEventListener("animationend", () => row.element.remove());
  count();
}

function count() {
  $("#count").textContent = `${rows.size} on this engine`;
}

async function act(id, button) {
  button.disabled = true;
  try {
    const response = await fetch(`/containers/${id}/${button.dataset.act}`, {method: "POST"});
    if (!response.ok) away(await response.text());
  } catch (error) {
    away(error.message);
  } finally {
    button.disabled = false;
  }
}

// ---- charts

function draw({id, cpu, memory, limit}) {
  const row = rows.get(id);
  if (!row) return;
  row.samples = [...row.samples, {cpu: cpu ?? 0, memory}].slice(-SAMPLES);
  row.element.querySelector(".cpu").textContent = cpu === null ? "–" : `${cpu.toFixed(1)} %`;
  row.element.querySelector(".memory").textContent = size(memory);
  row.element.querySelector(".memory").title = `of ${size(limit)}`;
  chart(row.element.querySelector(".cpu-chart"), row.samples.map(sample => sample.cpu), "--cpu", 5);
  chart(row.element.querySelector(".memory-chart"), row.samples.map(sample => sample.memory), "--memory", 1 << 20);
}

function chart(canvas, values, variable, least) {
  const scale = devicePixelRatio, width = canvas.clientWidth, height = canvas.clientHeight;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d"), color = getComputedStyle(canvas).getPropertyValue(variable);
  pen.scale(scale, scale);
  const top = Math.max(least, ...values) * 1.15, step = width / (SAMPLES - 1), left = width - (values.length - 1) * step;
  const line = new Path2D();
  values.forEach((value, at) => line.lineTo(left + at * step, height - 1 - value / top * (height - 2)));
  pen.strokeStyle = color;
  pen.lineWidth = 1.5;
  pen.lineJoin = "round";
  pen.stroke(line);
  line.lineTo(width, height);
  line.lineTo(left, height);
  pen.globalAlpha = 0.18;
  pen.fillStyle = color;
  pen.fill(line);
}

function size(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${(bytes / 1024 ** unit).toFixed(unit > 1 ? 1 : 0)} ${units[unit]}`;
}

// ---- logs and terminal

function open(id, name, what) {
  leave();
  $("#side").hidden = false;
  $("#subject").textContent = name;
  $("#what").textContent = what;
  rows.get(id).element.classList.add("shown-in-side");
  shown = {id, end: what === "logs" ? logs(id) : terminal(id)};
}

function leave() {
  shown?.end();
  rows.get(shown?.id)?.element.classList.remove("shown-in-side");
  shown = null;
  for (const part of ["#side", "#logs", "#terminal", "#line"]) $(part).hidden = true;
}

function logs(id) {
  const stop = new AbortController(), text = $("#logs");
  text.hidden = false;
  text.textContent = "";
  (async () => {
    try {
      const response = await fetch(`/containers/${id}/logs`, {signal: stop.signal});
      if (!response.ok) throw new Error(await response.text());
      for await (const line of lines(response)) {
        const atEnd = text.scrollTop + text.clientHeight > text.scrollHeight - 30;
        text.append(plain(line) + "\n");
        if (text.childNodes.length > 5000) text.firstChild.remove();
        if (atEnd) text.scrollTop = text.scrollHeight;
      }
    } catch (error) {
      if (!stop.signal.aborted) text.append(`[${error.message}]\n`);
    }
  })();
  return () => stop.abort();
}

function terminal(id) {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/containers/${id}/terminal`);
  socket.binaryType = "arraybuffer";
  const screen = window.Terminal ? xterm(socket) : byLine(socket);
  socket.onmessage = ({data}) => screen.write(new Uint8Array(data));
  socket.onclose = ({code, reason}) => screen.write(`\r\n[${reason || `closed, ${code}`}]\r\n`);
  return () => {
    socket.onclose = null;
    socket.close();
    screen.dispose();
  };
}

function xterm(socket) {
  const encoder = new TextEncoder(), fit = new FitAddon.FitAddon();
  const screen = new Terminal({
    cursorBlink: true, fontSize: 13, fontFamily: '"DejaVu Sans Mono", monospace', screenReaderMode: true,
    theme: {background: "#0b0e13", foreground: "#d7dde5", cursor: "#4cc2ff"},
  });
  const send = message => socket.readyState === WebSocket.OPEN && socket.send(message);
  $("#terminal").hidden = false;
  screen.loadAddon(fit);
  screen.open($("#terminal"));
  screen.onData(text => send(encoder.encode(text)));
  screen.onBinary(text => send(Uint8Array.from(text, letter => letter.charCodeAt(0))));
  screen.onResize(({cols, rows}) => send(JSON.stringify({type: "resize", cols, rows})));
  socket.onopen = () => {
    fit.fit();
    send(JSON.stringify({type: "resize", cols: screen.cols, rows: screen.rows}));
    screen.focus();
  };
  const resized = new ResizeObserver(() => fit.fit());
  resized.observe($("#terminal"));
  return {
    write: data => screen.write(data),
    dispose() {
      resized.disconnect();
      screen.dispose();
    },
  };
}

function byLine(socket) {
  const decoder = new TextDecoder(), encoder = new TextEncoder(), text = $("#output");
  text.textContent = "";
  $("#line").hidden = false;
  $("#input").focus();
  $("#line").onsubmit = event => {
    event.preventDefault();
    socket.send(encoder.encode(`${$("#input").value}\n`));
    $("#input").value = "";
  };
  return {
    write(data) {
      text.append(plain(typeof data === "string" ? data : decoder.decode(data, {stream: true})));
      text.scrollTop = text.scrollHeight;
    },
    dispose() {},
  };
}

function plain(text) {
  return text.replace(/\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)|\r/g, "");
}

// ---- the beginning

$("#leave").onclick = leave;
watch();
