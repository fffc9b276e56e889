// The page's controls: time, camera, selection, lists; `window.nydus` is there for scripts and tests.

const $ = (id) => document.getElementById(id);
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32];
const JUMP_FRAMES = 48;
const LIST_BEFORE = 12;
const LIST_AFTER = 28;
const LIST_MS = 150;

class Viewer {
  constructor(game) {
    this.game = game;
    this.state = { frame: game.frames[0], isPlaying: false, speed: 1, viewer: -1, selected: NO_UNIT, showOrders: true, showBars: true };
    this.first = game.frames[0];
    this.last = game.frames[game.samples - 1];
    this.scene = new Scene(game, $("map"));
    this.graph = new Graph(game, $("graph"), $("graph-values"));
    this.timeline = new Timeline(game, $("timeline"));
    this.minimap = new Minimap(this.scene, $("minimap"));
    this.framesDrawn = 0;
    this.isDirty = true;
    this.listKey = "";
    this.listMs = -LIST_MS;
    this.#fillControls();
    this.#listen();
    this.scene.resize();
    this.fit();
    requestAnimationFrame((now) => this.#tick(now));
  }

  // --- what the controls do ------------------------------------------------------------------------------------

  seek(frame) {
    this.state.frame = Math.min(this.last, Math.max(this.first, frame));
    this.isDirty = true;
  }

  play(isPlaying = true) {
    if (isPlaying && this.state.frame >= this.last) this.seek(this.first);
    this.state.isPlaying = isPlaying;
    $("play").textContent = isPlaying ? "❚❚" : "▶";
    $("play").setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    this.isDirty = true;
  }

  /** Go to another sample, so many away. */
  step(samples) {
    this.play(false);
    const { game } = this;
    const at = game.sampleAt(this.state.frame) + samples;
    this.seek(game.frames[Math.min(game.samples - 1, Math.max(0, at))]);
  }

  setSpeed(speed) {
    this.state.speed = speed;
    $("speed").value = String(speed);
  }

  setViewer(player) {
    this.state.viewer = player;
    $("fog").value = String(player);
    this.isDirty = true;
  }

  select(id) {
    this.state.selected = id;
    this.isDirty = true;
  }

  /** Show all places where units of the players ever are. */
  fit() {
    const { game, scene } = this;
    const c = game.columns;
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = 0; k < game.numTracks; k++) {
      if (game.owner(k) < 0) continue;
      for (let row = game.trackStart[k], end = row + c.track_length[k]; row < end; row++) {
        left = Math.min(left, c.unit_x[row]); right = Math.max(right, c.unit_x[row]);
        top = Math.min(top, c.unit_y[row]); bottom = Math.max(bottom, c.unit_y[row]);
      }
    }
    if (left > right) [left, top, right, bottom] = [0, 0, game.widthPx, game.heightPx];
    scene.camera.show(left - 70, top - 70, right + 70, bottom + 70);
    this.isDirty = true;
  }

  /** What is known of a unit now, or null: what the inspector shows. */
  unit(id) {
    const { game } = this;
    const sample = game.sampleAt(this.state.frame);
    const track = game.trackOf(id, sample);
    if (track < 0) return null;
    const c = game.columns;
    const row = game.row(track, sample);
    const get = (name) => c[`unit_${name}`][row];
    return {
      id, track, name: game.typeName(track), type: game.type(track), owner: game.owner(track),
      x: get("x"), y: get("y"), hp: get("hp"), shield: get("shield"), energy: get("energy"), heading: get("heading"),
      groundCooldown: get("ground_cooldown"), airCooldown: get("air_cooldown"), order: game.header.orders[get("order")] || `order ${get("order")}`,
      targetId: get("target_id"), targetX: get("target_x"), targetY: get("target_y"), seenBy: get("seen_by"),
      flags: game.header.flags.filter((_, bit) => (get("flags") >> bit) & 1),
    };
  }

  // --- time ----------------------------------------------------------------------------------------------------

  #tick(now) {
    const elapsed = Math.min(0.25, (now - (this.before || now)) / 1000);
    this.before = now;
    if (this.state.isPlaying) {
      this.seek(this.state.frame + (elapsed * this.state.speed * 1000) / this.game.header.ms_per_frame);
      if (this.state.frame >= this.last) this.play(false);
    }
    if (this.isDirty) {
      this.isDirty = false;
      this.draw();
    }
    requestAnimationFrame((later) => this.#tick(later));
  }

  draw() {
    const { state, scene } = this;
    scene.draw(state);
    this.minimap.draw();
    this.timeline.draw(state.frame, scene.colours);
    this.graph.draw(state.frame, scene.colours);
    this.#writeClock();
    this.#writePlayers();
    this.#writeInspector();
    this.#writeCommands();
    this.framesDrawn += 1;
  }

  // --- texts ---------------------------------------------------------------------------------------------------

  #writeClock() {
    const { game, state } = this;
    const frame = Math.floor(state.frame);
    $("clock").textContent = `${game.clock(frame - this.first)} / ${game.clock(this.last - this.first)} · ${frame}`;
    $("timeline-range").value = String(frame);
    $("timeline-range").setAttribute("aria-valuetext", `${game.clock(frame - this.first)}, frame ${frame}`);
  }

  #writePlayers() {
    const { game } = this;
    const sample = game.sampleAt(this.state.frame);
    if (this.playersSample === sample) return;
    this.playersSample = sample;
    const c = game.columns;
    const value = (name, player) => (c[name] ? c[name][player * game.samples + sample] : -1);
    game.players.forEach((_, player) => {
      const item = $("players").children[player];
      const points = Math.max(0, value("series_army_points", player));
      item.querySelector("i").style.width = `${(100 * points) / this.mostPoints}%`;
      const parts = [`${Math.max(0, value("series_army_units", player))} army`];
      if (c.series_workers) parts.push(`${value("series_workers", player)} workers`);
      if (c.series_minerals && value("series_minerals", player) >= 0) parts.push(`${value("series_minerals", player)} minerals`, `${Math.max(0, value("series_gas", player))} gas`);
      if (c.series_supply_used && value("series_supply_used", player) >= 0 && value("supply_total", player) > 0) {
        parts.push(`${value("series_supply_used", player)}/${value("supply_total", player) >> 1} supply`);
      }
      item.querySelector(".numbers").textContent = parts.join(" · ");
    });
  }

  #writeInspector() {
    const { selected, frame } = this.state;
    const { game, scene } = this;
    const unit = selected === NO_UNIT ? null : this.unit(selected);
    $("unit").hidden = !unit;
    $("inspector-hint").hidden = Boolean(unit);
    if (!unit) {
      const name = selected === NO_UNIT ? "" : game.unitName(selected, game.sampleAt(frame));
      $("inspector-hint").textContent = name ? `${name} is not on the map now.` : "Click a unit on the map.";
      return;
    }
    const owner = unit.owner < 0 ? "neutral" : game.players[unit.owner];
    const dot = element("span", "", "swatch");
    Object.assign(dot.style, { background: scene.colourOf(unit.track), width: "11px", height: "11px", borderRadius: "50%" });
    $("unit-name").replaceChildren(dot, `${unit.name} `, element("small", `${unit.id} · ${owner}`));
    const bars = [];
    const bar = (label, now, most, colour) => most && bars.push(barElement(label, now, most, colour));
    bar("hp", unit.hp, unit.type.max_hp, hpColour(scene.colours, unit.hp / unit.type.max_hp));
    bar("shield", unit.shield, unit.type.max_shield, scene.colours.shield);
    bar("energy", unit.energy, unit.type.max_energy, scene.colours.energy);
    $("unit-bars").replaceChildren(...bars);
    const target = unit.targetId !== NO_UNIT ? game.unitName(unit.targetId, game.sampleAt(frame))
      : unit.targetX > 0 || unit.targetY > 0 ? `(${unit.targetX}, ${unit.targetY})` : "none";
    const seers = game.players.filter((_, p) => (unit.seenBy >> p) & 1).join(", ");
    const facts = [["place", `(${unit.x}, ${unit.y}) px`], ["facing", `${Math.round((unit.heading * 360) / 256)}°`], ["order", spaced(unit.order)], ["target", target],
      ["cooldown", `${unit.groundCooldown} ground, ${unit.airCooldown} air`], ["seen by", seers || "nobody"], ["is", unit.flags.join(", ") || "–"]];
    $("unit-facts").replaceChildren(...facts.flatMap(([label, text]) => [element("dt", label), element("dd", text)]));
    $("unit-facts").children[1].id = "unit-place";
  }

  #writeCommands() {
    const { game, state, scene } = this;
    const chosen = Number($("command-player").value);
    if (this.commandsOf !== chosen) {
      this.commandsOf = chosen;
      this.commands = chosen < 0 ? game.commands : game.commands.filter((entry) => entry.player === chosen);
    }
    let low = 0, high = this.commands.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.commands[middle].frame <= state.frame) low = middle + 1;
      else high = middle;
    }
    const now = low ? this.commands[low - 1].frame : -1;
    const key = `${chosen} ${low} ${scene.colours.paper}`;
    const isFresh = performance.now() - this.listMs < LIST_MS;
    if (key === this.listKey || (state.isPlaying && isFresh)) return; // nobody reads faster, and a list is slow to make
    this.listKey = key;
    this.listMs = performance.now();
    const start = Math.max(0, low - LIST_BEFORE);
    const shown = this.commands.slice(start, low + LIST_AFTER);
    $("command-list").replaceChildren(...shown.map((entry, i) => {
      const item = element("li", "", start + i >= low ? "future" : entry.frame === now ? "now" : "");
      const button = element("button", "");
      const dot = element("i", "");
      dot.style.background = scene.colours.players[entry.player] || scene.colours.neutral;
      dot.title = game.players[entry.player] || "";
      button.append(element("time", game.clock(entry.frame - this.first)), dot, element("span", commandText(game, entry)));
      button.onclick = () => { this.play(false); this.seek(entry.frame); this.select(entry.units[0]); };
      button.title = button.lastChild.textContent;
      item.append(button);
      return item;
    }));
    if (!this.commands.length) $("command-list").replaceChildren(element("li", "none recorded", "future"));
  }

  // --- set-up --------------------------------------------------------------------------------------------------

  #fillControls() {
    const { game } = this;
    const { header } = game;
    $("title").textContent = header.title;
    $("notes").textContent = Object.entries(header.notes).map(([label, text]) => `${label} ${text}`).join(" · ");
    if (!header.deaths_are_known) $("notes").textContent += " · units gone for good count as dead";
    $("notes").title = $("notes").textContent;
    this.mostPoints = largest(game.columns.series_army_points || []);
    $("players").replaceChildren(...game.players.map((name, player) => {
      const item = element("li", "");
      const dot = element("span", "", "swatch");
      dot.style.background = `var(--p${player})`;
      const strength = element("span", "", "strength");
      strength.append(element("i", ""));
      strength.firstChild.style.background = `var(--p${player})`;
      item.append(dot, element("b", name), strength, element("span", "", "numbers"));
      item.hidden = !game.isPresent[player];
      return item;
    }));
    $("speed").replaceChildren(...SPEEDS.map((speed) => option(speed, `${speed}×`)));
    this.setSpeed(1);
    const present = game.players.map((_, p) => p).filter((p) => game.isPresent[p]);
    const viewers = header.viewers.length ? header.viewers : present.filter((p) => game.fogged[p]);
    this.viewers = [-1, ...viewers];
    $("fog").replaceChildren(...this.viewers.map((p) => option(p, p < 0 ? "everybody" : game.players[p])));
    $("command-player").replaceChildren(option(-1, "all players"), ...present.map((p) => option(p, game.players[p])));
    $("graph-choice").replaceChildren(...Object.entries(header.series).map(([name, label]) => option(name, label)));
    $("timeline-range").min = String(this.first);
    $("timeline-range").max = String(this.last);
  }

  #listen() {
    const { scene, state } = this;
    $("play").onclick = () => this.play(!state.isPlaying);
    $("back").onclick = () => this.step(-1);
    $("forward").onclick = () => this.step(1);
    $("speed").onchange = (event) => this.setSpeed(Number(event.target.value));
    $("fog").onchange = (event) => this.setViewer(Number(event.target.value));
    $("command-player").onchange = () => (this.isDirty = true);
    $("graph-choice").onchange = (event) => { this.graph.name = event.target.value; this.isDirty = true; };
    $("timeline-range").oninput = (event) => this.seek(Number(event.target.value));
    $("fit").onclick = () => this.fit();
    $("zoom-in").onclick = () => { scene.camera.zoom(1.3); this.isDirty = true; };
    $("zoom-out").onclick = () => { scene.camera.zoom(1 / 1.3); this.isDirty = true; };
    for (const [id, name] of [["show-orders", "showOrders"], ["show-bars", "showBars"]]) {
      $(id).onchange = (event) => { state[name] = event.target.checked; this.isDirty = true; };
    }
    $("help").onclick = () => this.#toggleHelp();
    follow($("graph"), (x) => this.seek(this.graph.frameAt(x)));
    follow($("minimap"), (x, y) => {
      Object.assign(scene.camera, { x: x / this.minimap.scale, y: y / this.minimap.scale });
      this.isDirty = true;
    });
    this.#listenToMap($("map"));
    window.addEventListener("resize", () => { scene.resize(); this.isDirty = true; });
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => { scene.recolour(); this.isDirty = true; });
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #listenToMap(canvas) {
    const { camera } = this.scene;
    let drag = null;
    canvas.addEventListener("pointerdown", (event) => {
      drag = { x: event.offsetX, y: event.offsetY, moved: 0 };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const dx = event.offsetX - drag.x, dy = event.offsetY - drag.y;
      drag = { x: event.offsetX, y: event.offsetY, moved: drag.moved + Math.abs(dx) + Math.abs(dy) };
      if (drag.moved < 4) return;
      canvas.classList.add("dragging");
      camera.x -= dx / camera.scale;
      camera.y -= dy / camera.scale;
      this.isDirty = true;
    });
    canvas.addEventListener("pointerup", (event) => {
      if (drag && drag.moved < 4) {
        const unit = this.scene.unitAt(event.offsetX, event.offsetY);
        this.select(unit ? unit.id : NO_UNIT);
      }
      drag = null;
      canvas.classList.remove("dragging");
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      camera.zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX, event.offsetY);
      this.isDirty = true;
    }, { passive: false });
  }

  #toggleHelp() {
    $("keys").hidden = !$("keys").hidden;
    $("help").setAttribute("aria-expanded", String(!$("keys").hidden));
  }

  #nextDeath() {
    const { game, state } = this;
    const death = game.deaths.find((one) => game.frames[one.sample] > state.frame);
    if (death) this.seek(game.frames[death.sample]);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
    const { state, scene } = this;
    const faster = (by) => this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(state.speed) + by))]);
    const keys = {
      " ": () => this.play(!state.isPlaying),
      ArrowLeft: () => this.seek(state.frame - JUMP_FRAMES),
      ArrowRight: () => this.seek(state.frame + JUMP_FRAMES),
      ArrowUp: () => faster(1),
      ArrowDown: () => faster(-1),
      ",": () => this.step(-1),
      ".": () => this.step(1),
      Home: () => this.seek(this.first),
      End: () => this.seek(this.last),
      d: () => this.#nextDeath(),
      "+": () => scene.camera.zoom(1.3),
      "=": () => scene.camera.zoom(1.3),
      "-": () => scene.camera.zoom(1 / 1.3),
      0: () => this.fit(),
      f: () => this.setViewer(this.viewers[(this.viewers.indexOf(state.viewer) + 1) % this.viewers.length]),
      o: () => $("show-orders").click(),
      b: () => $("show-bars").click(),
      "?": () => this.#toggleHelp(),
      Escape: () => this.select(NO_UNIT),
    };
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || (event.key === " " && event.target.tagName === "BUTTON")) return;
    event.preventDefault();
    act();
    this.isDirty = true;
  }
}

// --- pieces ----------------------------------------------------------------------------------------------------

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function option(value, text) {
  const made = element("option", text);
  made.value = String(value);
  return made;
}

function barElement(label, now, most, colour) {
  const made = element("div", "", "bar");
  const track = element("div", "");
  const fill = element("i", "");
  Object.assign(fill.style, { width: `${(100 * Math.min(now, most)) / most}%`, background: colour });
  track.append(fill);
  made.append(element("span", label), track, element("b", `${now} / ${most}`));
  return made;
}

/** "AttackUnit" for people. */
function spaced(name) {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/_/g, " ");
}

function commandText(game, entry) {
  const kind = game.header.command_types[entry.type] || `command ${entry.type}`;
  const sample = game.sampleAt(entry.frame);
  const who = entry.units.length === 1 ? game.unitName(entry.units[0], sample) : `${entry.units.length} units`;
  const where = entry.target !== NO_UNIT ? ` → ${game.unitName(entry.target, sample)}` : entry.x >= 0 && (entry.x || entry.y) ? ` → (${entry.x}, ${entry.y})` : "";
  return `${who}: ${kind.toLowerCase()}${where}`;
}

/** Call `act(x, y)` while the pointer is down on an element. */
function follow(target, act) {
  target.addEventListener("pointerdown", (event) => {
    target.setPointerCapture(event.pointerId);
    act(event.offsetX, event.offsetY);
  });
  target.addEventListener("pointermove", (event) => event.buttons && act(event.offsetX, event.offsetY));
}

window.nydus = { viewer: null, error: null, loadMs: -1 };

async function main() {
  const started = performance.now();
  try {
    window.nydus.viewer = new Viewer(new Game(await inflate(embeddedBytes())));
    $("message").hidden = true;
    window.nydus.loadMs = performance.now() - started;
  } catch (error) {
    window.nydus.error = String(error);
    $("message").textContent = `The game cannot be shown: ${error.message || error}`;
    throw error;
  }
}

main();
