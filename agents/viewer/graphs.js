// Numbers over time: the timeline below, the graph beside, and the minimap.

/** The largest of some values, at least 1. */
function largest(values) {
  let most = 1;
  for (const value of values) if (value > most) most = value;
  return most;
}

/** Trace one player's curve; each screen pixel shows the largest value that falls on it. */
function traceCurve(context, game, values, player, box, most) {
  const { frames, samples } = game;
  const first = frames[0], span = Math.max(1, frames[samples - 1] - first);
  context.beginPath();
  let column = -1, peak = 0, started = false;
  for (let i = 0; i < samples; i++) {
    const value = values[player * samples + i];
    if (value < 0) continue;
    const x = Math.round(((frames[i] - first) / span) * box.width);
    if (x !== column) {
      peak = value;
      column = x;
    } else peak = Math.max(peak, value);
    const y = box.top + box.height * (1 - peak / most);
    if (started) context.lineTo(box.left + x, y);
    else context.moveTo(box.left + x, y);
    started = true;
  }
  return started;
}

class Graph {
  constructor(game, canvas, valuesElement) {
    Object.assign(this, { game, canvas, valuesElement });
    this.name = Object.keys(game.header.series)[0];
  }

  draw(frame, colours) {
    const { game, canvas } = this;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    const context = sharpContext(canvas, width, height);
    context.clearRect(0, 0, width, height);
    if (!this.name) return;
    const values = game.columns[`series_${this.name}`];
    const most = largest(values);
    const box = (this.box = { left: 34, top: 8, width: width - 40, height: height - 26 });
    context.font = "10px system-ui, sans-serif";
    context.fillStyle = colours.faint;
    context.strokeStyle = colours.line;
    context.textBaseline = "middle";
    for (const share of [0, 0.5, 1]) {
      const y = box.top + box.height * (1 - share);
      context.beginPath();
      context.moveTo(box.left, y);
      context.lineTo(box.left + box.width, y);
      context.stroke();
      context.textAlign = "right";
      context.fillText(shortNumber(most * share), box.left - 5, y);
    }
    const last = game.frames[game.samples - 1], first = game.frames[0];
    context.textBaseline = "bottom";
    for (const share of [0, 0.5, 1]) {
      context.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
      context.fillText(game.clock(share * (last - first)), box.left + share * box.width, height - 2);
    }
    context.lineWidth = 1.7;
    context.lineJoin = "round";
    const sample = game.sampleAt(frame);
    const shown = [];
    game.players.forEach((name, player) => {
      if (!game.isPresent[player]) return;
      context.strokeStyle = colours.players[player];
      if (traceCurve(context, game, values, player, box, most)) context.stroke();
      const now = values[player * game.samples + sample];
      if (now >= 0) shown.push([player, name, now]);
    });
    const x = box.left + ((frame - first) / Math.max(1, last - first)) * box.width;
    context.strokeStyle = colours.ink;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, box.top - 4);
    context.lineTo(x, box.top + box.height + 3);
    context.stroke();
    this.valuesElement.replaceChildren(...shown.map(([player, name, now]) => {
      const item = document.createElement("span");
      item.textContent = `${name}: ${now.toLocaleString("en")}`;
      item.style.color = colours.players[player];
      return item;
    }));
  }

  /** The frame at a place of the canvas. */
  frameAt(x) {
    const { frames, samples } = this.game;
    const share = Math.min(1, Math.max(0, (x - this.box.left) / this.box.width));
    return frames[0] + share * (frames[samples - 1] - frames[0]);
  }
}

function shortNumber(value) {
  if (value >= 10000) return `${Math.round(value / 1000)}k`;
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}

/** Deaths as ticks above the line (player 0) and below it (the others), the armies' strength behind. */
class Timeline {
  constructor(game, canvas) {
    Object.assign(this, { game, canvas });
  }

  draw(frame, colours) {
    const { game, canvas } = this;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    const context = sharpContext(canvas, width, height);
    const first = game.frames[0], span = Math.max(1, game.frames[game.samples - 1] - first);
    const place = (at) => 7 + ((at - first) / span) * (width - 14);
    const middle = height / 2;
    const key = `${canvas.width}/${canvas.height}`;
    if (this.key !== key || this.colours !== colours) {
      Object.assign(this, { key, colours });
      this.#paint(width, height, place, colours);
    }
    context.clearRect(0, 0, width, height);
    context.drawImage(this.strengths, 0, 0, width, height);
    context.fillStyle = colours.line;
    context.fillRect(7, middle - 1.5, width - 14, 3);
    context.fillStyle = colours.accent;
    context.fillRect(7, middle - 1.5, place(frame) - 7, 3);
    context.fillStyle = colours.ink;
    context.beginPath();
    context.arc(place(frame), middle, 6, 0, TURN);
    context.fill();
    context.strokeStyle = colours.panel;
    context.lineWidth = 2;
    context.stroke();
  }

  /** Paint what time does not change: strengths and deaths. */
  #paint(width, height, place, colours) {
    const { game } = this;
    this.strengths = document.createElement("canvas");
    const context = sharpContext(this.strengths, width, height);
    const middle = height / 2;
    const values = game.columns.series_army_points || game.columns.series_units;
    if (values) {
      const most = largest(values);
      const box = { left: 7, top: 1, width: width - 14, height: middle - 4 };
      game.players.forEach((_, player) => {
        context.save();
        if (player > 0) {
          context.translate(0, height);
          context.scale(1, -1);
        }
        context.globalAlpha = 0.24;
        context.fillStyle = colours.players[player];
        if (traceCurve(context, game, values, player, box, most)) {
          context.lineTo(box.left + box.width, box.top + box.height);
          context.lineTo(box.left, box.top + box.height);
          context.fill();
        }
        context.restore();
      });
    }
    context.globalAlpha = Math.min(0.85, Math.max(0.12, 150 / Math.max(1, game.deaths.length)));
    for (const death of game.deaths) {
      const owner = game.owner(death.track);
      if (owner < 0) continue;
      context.fillStyle = colours.players[owner];
      context.fillRect(place(game.frames[death.sample]) - 0.75, owner === 0 ? middle - 10 : middle + 3, 1.5, 7);
    }
  }
}

/** The whole map in a corner, with the camera's box. */
class Minimap {
  constructor(scene, canvas) {
    Object.assign(this, { scene, canvas });
    const { widthPx, heightPx } = scene.game;
    this.scale = 132 / Math.max(widthPx, heightPx);
    this.width = Math.round(widthPx * this.scale);
    this.height = Math.round(heightPx * this.scale);
    canvas.style.width = `${this.width}px`;
    canvas.style.height = `${this.height}px`;
  }

  draw() {
    const { scene, canvas, scale } = this;
    const { camera, colours } = scene;
    const context = sharpContext(canvas, this.width, this.height);
    context.imageSmoothingEnabled = true;
    context.drawImage(scene.ground, 0, 0, this.width, this.height);
    for (const unit of scene.units || []) {
      const size = unit.type.building ? 3 : 2;
      context.fillStyle = scene.colourOf(unit.track);
      context.fillRect(unit.x * scale - size / 2, unit.y * scale - size / 2, size, size);
    }
    const [left, top] = camera.toMap(0, 0);
    const [right, bottom] = camera.toMap(camera.width, camera.height);
    context.strokeStyle = colours.ink;
    context.lineWidth = 1;
    context.strokeRect(left * scale, top * scale, (right - left) * scale, (bottom - top) * scale);
  }
}
