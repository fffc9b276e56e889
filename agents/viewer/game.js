// The game in the page: unfolds the data that agents/viewer/encoding.py made, and answers "who is where".

const NO_UNIT = -1;
const MAX_PLAYERS = 8;

/** Return the bytes of the page's data, still folded. */
function embeddedBytes() {
  const text = atob(document.getElementById("data").textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Return zlib-folded bytes unfolded. */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const ARRAYS = { u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, u4: Uint32Array, i4: Int32Array };

/** Return one column: byte planes of zigzag differences become numbers again. */
function decodeColumn(bytes, at, kind, length) {
  const column = new ARRAYS[kind](length); // stores wrap at the column's width, as the differences did
  let sum = 0;
  if (kind[1] === "1") {
    for (let i = 0; i < length; i++) {
      const v = bytes[at + i];
      sum = (sum + ((v >>> 1) ^ -(v & 1))) | 0;
      column[i] = sum;
    }
  } else if (kind[1] === "2") {
    for (let i = 0, low = at, high = at + length; i < length; i++) {
      const v = bytes[low + i] | (bytes[high + i] << 8);
      sum = (sum + ((v >>> 1) ^ -(v & 1))) | 0;
      column[i] = sum;
    }
  } else {
    for (let i = 0; i < length; i++) {
      const p = at + i;
      const v = bytes[p] | (bytes[p + length] << 8) | (bytes[p + 2 * length] << 16) | (bytes[p + 3 * length] << 24);
      sum = (sum + ((v >>> 1) ^ -(v & 1))) | 0;
      column[i] = sum;
    }
  }
  return column;
}

/** One game: header, columns, and where each unit is at each sample. */
class Game {
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const headLength = view.getUint32(0, true);
    this.header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headLength)));
    let at = 4 + headLength;
    this.columns = {};
    for (const [name, kind, length] of this.header.columns) {
      this.columns[name] = decodeColumn(bytes, at, kind, length);
      at += length * Number(kind[1]);
    }
    const c = this.columns;
    this.frames = c.frames;
    this.samples = c.frames.length;
    this.players = this.header.players;
    this.isShort = (c.frames[this.samples - 1] - c.frames[0]) * this.header.ms_per_frame < 90_000;
    this.widthPx = this.header.width * 8;
    this.heightPx = this.header.height * 8;
    this.numTracks = c.track_id.length;
    this.trackStart = new Int32Array(this.numTracks);
    this.tracksOfUnit = new Map();
    for (let k = 0, row = 0; k < this.numTracks; k++) {
      this.trackStart[k] = row;
      row += c.track_length[k];
      const id = c.track_id[k];
      if (!this.tracksOfUnit.has(id)) this.tracksOfUnit.set(id, []);
      this.tracksOfUnit.get(id).push(k);
    }
    this.isPresent = this.players.map((_, player) => c.track_player.includes(player));
    // Start locations and map revealers are units in name only.
    this.isMarker = Array.from(c.track_type, (type) => this.header.types[type].name.startsWith("Special_"));
    this.fogged = this.#foggedPlayers();
    this.deaths = Array.from(c.death_sample, (sample, i) => ({ sample, track: c.death_track[i] }));
    this.commands = this.#groupedCommands();
  }

  /** Players whose view lacks something that the recording has. */
  #foggedPlayers() {
    const seen = this.columns.unit_seen_by;
    let all = 0xff;
    for (let i = 0; i < seen.length && all; i++) all &= seen[i];
    return this.players.map((_, p) => ((all >> p) & 1) === 0);
  }

  /** Equal commands of one player at one moment become one entry with many units. */
  #groupedCommands() {
    const c = this.columns;
    const entries = [];
    let last = null;
    for (let i = 0; i < c.command_frame.length; i++) {
      const entry = {
        frame: c.command_frame[i], player: c.command_player[i], type: c.command_type[i],
        target: c.command_target_id[i], x: c.command_x[i], y: c.command_y[i], units: [c.command_unit_id[i]],
      };
      const same = last && ["frame", "player", "type", "target", "x", "y"].every((name) => last[name] === entry[name]);
      if (same) last.units.push(entry.units[0]);
      else entries.push((last = entry));
    }
    return entries;
  }

  /** The last sample at or before a frame. */
  sampleAt(frame) {
    let low = 0, high = this.samples - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.frames[middle] <= frame) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The track that has a unit at a sample, or -1. */
  trackOf(id, sample) {
    for (const k of this.tracksOfUnit.get(id) || []) {
      const first = this.columns.track_first[k];
      if (first <= sample && sample < first + this.columns.track_length[k]) return k;
    }
    return -1;
  }

  /** The row of a track's unit at a sample that it has. */
  row(track, sample) {
    return this.trackStart[track] + sample - this.columns.track_first[track];
  }

  /** Call `visit(track, row)` for each unit that there is at a sample. */
  eachUnit(sample, visit) {
    const { track_first: first, track_length: length } = this.columns;
    for (let k = 0; k < this.numTracks; k++) {
      const since = sample - first[k];
      if (since >= 0 && since < length[k]) visit(k, this.trackStart[k] + since);
    }
  }

  type(track) {
    return this.header.types[this.columns.track_type[track]];
  }

  typeName(track) {
    return this.type(track).name.replace(/^(Terran|Protoss|Zerg|Resource|Special|Critter|Hero)_/, "").replace(/_/g, " ");
  }

  /** 0 to 7, or -1 for neutral. */
  owner(track) {
    const player = this.columns.track_player[track];
    return player >= 0 && player < this.players.length ? player : -1;
  }

  /** Name and number of a unit for people, by id, as it was last before a sample. */
  unitName(id, sample) {
    const tracks = this.tracksOfUnit.get(id);
    if (!tracks) return `unit ${id}`;
    let found = tracks[0];
    for (const k of tracks) if (this.columns.track_first[k] <= sample) found = k;
    return `${this.typeName(found)} ${id}`;
  }

  /** Where a track's unit is between two samples, in map pixels. */
  place(track, sample, part) {
    const c = this.columns;
    const row = this.row(track, sample);
    const x = c.unit_x[row], y = c.unit_y[row];
    if (part === 0 || sample + 1 >= c.track_first[track] + c.track_length[track]) return [x, y];
    const dx = c.unit_x[row + 1] - x, dy = c.unit_y[row + 1] - y;
    const far = dx * dx + dy * dy > 512 * 512; // recalled or unloaded: it did not walk
    return far ? [x, y] : [x + dx * part, y + dy * part];
  }

  /** Which way a track's unit faces between two samples, in turns clockwise from north. */
  facing(track, sample, part) {
    const c = this.columns;
    const row = this.row(track, sample);
    const from = c.unit_heading[row];
    if (part === 0 || sample + 1 >= c.track_first[track] + c.track_length[track]) return from / 256;
    const turn = ((c.unit_heading[row + 1] - from + 384) % 256) - 128;
    return (from + turn * part) / 256;
  }

  /** Weapons that began to reload between the sample before and this one: [track, target's track]. */
  shots(sample) {
    const c = this.columns;
    const found = [];
    if (sample < 1) return found;
    const elapsed = this.frames[sample] - this.frames[sample - 1];
    this.eachUnit(sample, (track, row) => {
      if (c.track_first[track] === sample) return;
      const fired = ["unit_ground_cooldown", "unit_air_cooldown"].some(
        (name) => c[name][row] > Math.max(0, c[name][row - 1] - elapsed));
      if (!fired) return;
      for (const id of [c.unit_target_id[row], c.unit_target_id[row - 1]]) {
        let target = id === NO_UNIT ? -1 : this.trackOf(id, sample);
        if (target < 0 && id !== NO_UNIT) target = this.trackOf(id, sample - 1);
        if (target >= 0) { found.push([track, target]); return; }
      }
    });
    return found;
  }

  /** A frame as minutes and seconds of game time at speed "fastest". */
  clock(frame) {
    const seconds = (frame * this.header.ms_per_frame) / 1000;
    const whole = Math.floor(seconds);
    const tenths = this.isShort ? `.${Math.floor((seconds - whole) * 10)}` : "";
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}${tenths}`;
  }
}
