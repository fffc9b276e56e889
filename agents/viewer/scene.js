// The map as a picture: ground, fog, units, orders, shots; seen through a camera that can be moved.

const TURN = 2 * Math.PI;
const MELEE_REACH_PX = 32;
const SHOT_SLACK_PX = 64; // who shot may have another target by now: farther ones were not shot at
const DEATH_FADE_FRAMES = 240;
const DEATH_BURST_FRAMES = 14;
const FOG_SCALE = 16; // map pixels per pixel of the fog's picture
const MIN_RADIUS = 2.4; // screen pixels: the smallest that a unit is drawn

/** The page's colours, from its style sheet: they change with the theme. */
function readColours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const colours = { players: Array.from({ length: MAX_PLAYERS }, (_, p) => read(`p${p}`)) };
  for (const name of ["paper", "panel", "line", "ink", "faint", "accent", "ground-low", "ground-mid", "ground-high",
    "cliff", "edge", "neutral", "mineral", "gas", "hp-good", "hp-fair", "hp-poor", "shield", "energy", "shot", "death",
    "fog", "unit-ink"]) colours[name] = read(name);
  return colours;
}

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** A number from 0 to 1 that belongs to a whole place. */
function hash(x, y) {
  let h = Math.imul(x, 374761393) + Math.imul(y, 668265263);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** Smooth noise, -1 to 1. */
function noise(x, y) {
  const left = Math.floor(x), top = Math.floor(y);
  const u = (x - left) ** 2 * (3 - 2 * (x - left)), v = (y - top) ** 2 * (3 - 2 * (y - top));
  const upper = hash(left, top) * (1 - u) + hash(left + 1, top) * u;
  const lower = hash(left, top + 1) * (1 - u) + hash(left + 1, top + 1) * u;
  return 2 * (upper * (1 - v) + lower * v) - 1;
}

/** Make a canvas as sharp as the screen is; return its 2D context, scaled to CSS pixels. */
function sharpContext(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** What part of the map is shown: its middle in map pixels, and screen pixels per map pixel. */
class Camera {
  constructor() {
    Object.assign(this, { x: 0, y: 0, scale: 1, width: 1, height: 1 });
  }

  toScreen(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  toMap(x, y) {
    return [(x - this.width / 2) / this.scale + this.x, (y - this.height / 2) / this.scale + this.y];
  }

  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const before = this.toMap(x, y);
    this.scale = Math.min(8, Math.max(0.04, this.scale * factor));
    const after = this.toMap(x, y);
    this.x += before[0] - after[0];
    this.y += before[1] - after[1];
  }

  show(left, top, right, bottom) {
    this.x = (left + right) / 2;
    this.y = (top + bottom) / 2;
    this.scale = Math.min(3.2, this.width / Math.max(1, right - left), this.height / Math.max(1, bottom - top));
  }
}

/** Draws a game at a moment. */
class Scene {
  constructor(game, canvas) {
    this.game = game;
    this.canvas = canvas;
    this.camera = new Camera();
    this.fogCanvas = document.createElement("canvas");
    this.recolour();
  }

  /** Take the theme's colours. */
  recolour() {
    this.colours = readColours();
    this.ground = this.#groundPicture();
  }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    this.camera.width = box.width;
    this.camera.height = box.height;
  }

  colourOf(track) {
    const owner = this.game.owner(track);
    if (owner >= 0) return this.colours.players[owner];
    const name = this.game.type(track).name;
    if (name.includes("Mineral")) return this.colours.mineral;
    return name.includes("Geyser") ? this.colours.gas : this.colours.neutral;
  }

  #groundPicture() {
    const { width, height } = this.game.header;
    const picture = document.createElement("canvas");
    picture.width = width;
    picture.height = height;
    const context = picture.getContext("2d");
    const image = context.createImageData(width, height);
    const levels = ["ground-low", "ground-mid", "ground-high"].map((name) => rgb(this.colours[name]));
    const cliff = rgb(this.colours.cliff);
    const terrain = this.game.columns.terrain;
    for (let i = 0; i < terrain.length; i++) {
      const value = terrain[i];
      const colour = value & 1 ? levels[Math.min(2, value >> 3)] : cliff;
      const x = i % width, y = (i / width) | 0;
      let light = 5 * (noise(x / 24, y / 24) + 0.6 * noise(x / 7, y / 7)); // ground is never of one colour
      if (value & 1 && !(value & 2)) light -= 5; // nothing can be built here
      if (value & 1 && y > 0 && !(terrain[i - width] & 1)) light -= 9; // the shadow of a wall
      for (let k = 0; k < 3; k++) image.data[4 * i + k] = colour[k] + light;
      image.data[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return picture;
  }

  /** Draw the moment of `state`: frame, viewer (-1: everybody), selected unit, options. */
  draw(state) {
    const { game, camera } = this;
    const sample = game.sampleAt(state.frame);
    const next = Math.min(sample + 1, game.samples - 1);
    const part = next > sample ? Math.min(1, (state.frame - game.frames[sample]) / (game.frames[next] - game.frames[sample])) : 0;
    const context = (this.context = sharpContext(this.canvas, camera.width, camera.height));
    this.moment = { sample, part, frame: state.frame, viewer: state.viewer };
    context.fillStyle = this.colours.edge;
    context.fillRect(0, 0, camera.width, camera.height);
    const [left, top] = camera.toScreen(0, 0);
    context.imageSmoothingEnabled = true;
    context.drawImage(this.ground, left, top, game.widthPx * camera.scale, game.heightPx * camera.scale);
    this.#drawGrid(left, top);
    const units = this.#visibleUnits();
    if (state.viewer >= 0 && game.fogged[state.viewer]) this.#drawFog(state.viewer, units, left, top);
    this.#drawDeaths();
    if (state.showOrders) for (const unit of units) this.#drawOrder(unit, unit.id === state.selected);
    for (const unit of units) this.#drawUnit(unit, unit.id === state.selected);
    this.#drawShots(units);
    if (state.showBars) for (const unit of units) this.#drawBars(unit);
    this.units = units;
  }

  #visibleUnits() {
    const { game, camera } = this;
    const { sample, part, viewer } = this.moment;
    const c = game.columns;
    const units = [];
    game.eachUnit(sample, (track, row) => {
      if (viewer >= 0 && !((c.unit_seen_by[row] >> viewer) & 1)) return;
      if (game.isMarker[track]) return;
      const [x, y] = game.place(track, sample, part);
      const [sx, sy] = camera.toScreen(x, y);
      const type = game.type(track);
      const radius = Math.max(MIN_RADIUS, (camera.scale * Math.max(type.box[0] + type.box[2], type.box[1] + type.box[3])) / 2);
      const isInside = sx > -radius && sy > -radius && sx < camera.width + radius && sy < camera.height + radius;
      const flying = type.flyer || ((c.unit_flags[row] >> 1) & 1) === 1;
      units.push({ id: c.track_id[track], track, row, type, x, y, sx, sy, radius, isInside, flying });
    });
    return units.sort((a, b) => a.flying - b.flying || b.type.building - a.type.building || a.y - b.y || a.id - b.id);
  }

  #drawGrid(left, top) {
    const { context, camera, game } = this;
    const step = 32 * camera.scale;
    if (step < 14) return;
    context.strokeStyle = this.colours.edge;
    context.globalAlpha = Math.min(0.14, (step - 14) / 200);
    context.lineWidth = 1;
    context.beginPath();
    for (let x = 0; x <= game.widthPx / 32; x++) {
      context.moveTo(left + x * step, top);
      context.lineTo(left + x * step, top + game.heightPx * camera.scale);
    }
    for (let y = 0; y <= game.heightPx / 32; y++) {
      context.moveTo(left, top + y * step);
      context.lineTo(left + game.widthPx * camera.scale, top + y * step);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  #drawFog(viewer, units, left, top) {
    const { game, camera, fogCanvas } = this;
    fogCanvas.width = Math.ceil(game.widthPx / FOG_SCALE);
    fogCanvas.height = Math.ceil(game.heightPx / FOG_SCALE);
    const fog = fogCanvas.getContext("2d");
    fog.fillStyle = this.colours.fog;
    fog.fillRect(0, 0, fogCanvas.width, fogCanvas.height);
    fog.globalCompositeOperation = "destination-out";
    for (const unit of units) {
      if (game.owner(unit.track) !== viewer || !unit.type.sight) continue;
      fog.beginPath();
      fog.arc(unit.x / FOG_SCALE, unit.y / FOG_SCALE, unit.type.sight / FOG_SCALE, 0, TURN);
      fog.fill();
    }
    this.context.globalAlpha = 0.55;
    this.context.imageSmoothingEnabled = true;
    this.context.drawImage(fogCanvas, left, top, game.widthPx * camera.scale, game.heightPx * camera.scale);
    this.context.globalAlpha = 1;
  }

  #drawDeaths() {
    const { game, camera, context } = this;
    const { sample, frame, viewer } = this.moment;
    const c = game.columns;
    for (const death of game.deaths) {
      if (death.sample > sample) continue;
      const age = frame - game.frames[death.sample];
      if (age > 4 * DEATH_FADE_FRAMES) continue;
      const row = game.trackStart[death.track] + c.track_length[death.track] - 1;
      if (viewer >= 0 && !((c.unit_seen_by[row] >> viewer) & 1)) continue;
      const [x, y] = camera.toScreen(c.unit_x[row], c.unit_y[row]);
      const size = Math.max(3, 7 * camera.scale);
      context.strokeStyle = this.colourOf(death.track);
      context.globalAlpha = Math.max(0.22, 0.85 * (1 - age / DEATH_FADE_FRAMES));
      context.lineWidth = Math.max(1.4, 2.2 * camera.scale);
      context.lineCap = "round";
      context.beginPath();
      context.moveTo(x - size, y - size); context.lineTo(x + size, y + size);
      context.moveTo(x + size, y - size); context.lineTo(x - size, y + size);
      context.stroke();
      if (age < DEATH_BURST_FRAMES) {
        context.globalAlpha = 1 - age / DEATH_BURST_FRAMES;
        context.strokeStyle = this.colours.death;
        context.beginPath();
        context.arc(x, y, size * (1.4 + (2 * age) / DEATH_BURST_FRAMES), 0, TURN);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  #drawOrder(unit, isSelected) {
    const { game, camera, context } = this;
    const c = game.columns;
    if (game.owner(unit.track) < 0) return;
    const target = c.unit_target_id[unit.row] === NO_UNIT ? -1 : game.trackOf(c.unit_target_id[unit.row], this.moment.sample);
    let x = c.unit_target_x[unit.row], y = c.unit_target_y[unit.row];
    if (target >= 0) [x, y] = game.place(target, this.moment.sample, this.moment.part);
    else if (x < 0 || (x === 0 && y === 0)) return; // no place: Brood War says (0, 0), where no unit can stand
    const [tx, ty] = camera.toScreen(x, y);
    const distance = Math.hypot(tx - unit.sx, ty - unit.sy);
    if (distance < unit.radius + 5) return;
    const isHostile = target >= 0 && game.owner(target) >= 0 && game.owner(target) !== game.owner(unit.track);
    context.strokeStyle = isHostile ? this.colours.death : this.colourOf(unit.track);
    context.globalAlpha = isSelected ? 0.95 : 0.34 * Math.min(1, Math.max(0.35, camera.scale));
    context.lineWidth = isSelected ? 1.8 : 1;
    context.setLineDash(isSelected ? [] : [4, 4]);
    context.beginPath();
    context.moveTo(unit.sx + ((tx - unit.sx) / distance) * unit.radius, unit.sy + ((ty - unit.sy) / distance) * unit.radius);
    context.lineTo(tx, ty);
    context.stroke();
    context.setLineDash([]);
    if (target < 0) {
      context.beginPath();
      context.arc(tx, ty, isSelected ? 4 : 2.5, 0, TURN);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  #drawUnit(unit, isSelected) {
    if (!unit.isInside) return;
    const { game, context } = this;
    const flags = game.columns.unit_flags[unit.row];
    const wasHit = unit.row > game.trackStart[unit.track] && game.columns.unit_hp[unit.row] < game.columns.unit_hp[unit.row - 1];
    context.save();
    context.translate(unit.sx, unit.sy);
    if (isSelected) {
      context.strokeStyle = this.colours.ink;
      context.lineWidth = 1.6;
      context.beginPath();
      context.arc(0, 0, unit.radius + 5, 0, TURN);
      context.stroke();
      if (unit.type.reach > 0) {
        context.globalAlpha = 0.25;
        context.beginPath();
        context.arc(0, 0, unit.type.reach * this.camera.scale + unit.radius, 0, TURN);
        context.stroke();
      }
    }
    context.globalAlpha = (flags >> 2) & 1 || (flags >> 3) & 1 ? 0.45 : flags & 1 || game.owner(unit.track) < 0 ? 1 : 0.6;
    if (unit.flying) {
      context.fillStyle = "#0005";
      context.beginPath();
      context.ellipse(3, unit.radius * 0.8 + 3, unit.radius * 0.7, unit.radius * 0.35, 0, 0, TURN);
      context.fill();
    }
    const isFixed = unit.type.building || game.owner(unit.track) < 0;
    if (!isFixed) context.rotate(game.facing(unit.track, this.moment.sample, this.moment.part) * TURN);
    context.fillStyle = this.colourOf(unit.track);
    context.strokeStyle = wasHit ? this.colours.shot : this.colours["unit-ink"];
    context.lineWidth = wasHit ? Math.min(3, Math.max(1.5, unit.radius * 0.14)) : Math.min(2, Math.max(0.8, unit.radius * 0.09));
    context.lineJoin = "round";
    if (isFixed) drawFixed(context, unit, this.camera.scale);
    else drawBody(context, unit, this.colours["unit-ink"]);
    context.restore();
    if (isFixed && unit.radius > 17) this.#drawLabel(unit);
  }

  #drawLabel(unit) {
    const { context } = this;
    const words = this.game.typeName(unit.track).split(" ");
    context.globalAlpha = 0.85;
    context.fillStyle = this.colours["unit-ink"];
    context.textAlign = "center";
    context.textBaseline = "middle";
    const size = Math.min(13, unit.radius * 0.32);
    context.font = `600 ${size}px system-ui, sans-serif`;
    words.forEach((word, i) => context.fillText(word, unit.sx, unit.sy + (i - (words.length - 1) / 2) * size * 1.1));
    context.globalAlpha = 1;
  }

  #drawShots(units) {
    const { game, context, camera } = this;
    const { sample, part } = this.moment;
    const until = part > 0 && sample + 1 < game.samples ? sample + 1 : sample;
    const shown = new Map(units.map((unit) => [unit.track, unit]));
    const fade = part > 0 ? 1 - 0.75 * part : 0.9;
    for (const [track, target] of game.shots(until)) {
      const from = shown.get(track), to = shown.get(target);
      if (!from || !to) continue;
      const dx = to.sx - from.sx, dy = to.sy - from.sy;
      const distance = Math.hypot(dx, dy) || 1;
      if (distance > (from.type.reach + SHOT_SLACK_PX) * camera.scale + from.radius + to.radius) continue;
      const ux = dx / distance, uy = dy / distance;
      const isBlow = from.type.reach <= MELEE_REACH_PX;
      context.strokeStyle = this.colours.shot;
      context.globalAlpha = fade;
      context.lineCap = "round";
      context.lineWidth = Math.max(1.1, (isBlow ? 2.6 : 1.5) * Math.sqrt(camera.scale));
      const [bx, by] = [to.sx - ux * to.radius * 0.7, to.sy - uy * to.radius * 0.7];
      context.beginPath();
      if (isBlow) {
        const r = to.radius * 0.55;
        context.moveTo(bx - uy * r, by + ux * r);
        context.quadraticCurveTo(bx + ux * r * 0.9, by + uy * r * 0.9, bx + uy * r, by - ux * r);
      } else {
        context.moveTo(from.sx + ux * from.radius, from.sy + uy * from.radius);
        context.lineTo(bx, by);
      }
      context.stroke();
      if (!isBlow) {
        context.fillStyle = this.colours.shot;
        context.beginPath();
        context.arc(bx, by, Math.max(1.4, 2.4 * Math.sqrt(camera.scale)), 0, TURN);
        context.fill();
      }
    }
    context.globalAlpha = 1;
  }

  #drawBars(unit) {
    const { game, context } = this;
    if (!unit.isInside || game.owner(unit.track) < 0 || unit.radius < 4) return;
    const c = game.columns;
    const width = Math.max(10, Math.min(54, unit.radius * 1.9));
    const thick = unit.radius > 9 ? 3 : 2;
    let y = unit.sy - unit.radius - 4 - thick;
    const bars = [[c.unit_hp[unit.row], unit.type.max_hp, hpColour(this.colours, c.unit_hp[unit.row] / unit.type.max_hp)]];
    if (unit.type.max_shield) bars.push([c.unit_shield[unit.row], unit.type.max_shield, this.colours.shield]);
    if (unit.type.max_energy) bars.push([c.unit_energy[unit.row], unit.type.max_energy, this.colours.energy]);
    for (const [value, most, colour] of bars) {
      context.fillStyle = "#000a";
      context.fillRect(unit.sx - width / 2 - 0.5, y - 0.5, width + 1, thick + 1);
      context.fillStyle = colour;
      context.fillRect(unit.sx - width / 2, y, (width * Math.min(value, most)) / Math.max(1, most), thick);
      y -= thick + 1;
    }
  }

  /** The unit at a place of the canvas, or null. */
  unitAt(x, y) {
    let best = null, least = 12;
    for (const unit of this.units || []) {
      const distance = Math.max(0, Math.hypot(unit.sx - x, unit.sy - y) - unit.radius);
      if (distance <= least && (distance < least || !best || unit.radius < best.radius)) [best, least] = [unit, distance];
    }
    return best;
  }
}
