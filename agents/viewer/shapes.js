// What units look like from above; forward is up, the size is the unit's radius on the screen.

function hpColour(colours, share) {
  return share > 2 / 3 ? colours["hp-good"] : share > 1 / 3 ? colours["hp-fair"] : colours["hp-poor"];
}

function polygon(context, radius, points) {
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x * radius, -y * radius) : context.moveTo(x * radius, -y * radius)));
  context.closePath();
}

/** Draw what does not turn: buildings, minerals, geysers. */
function drawFixed(context, unit, scale) {
  const [left, up, right, down] = unit.type.box.map((side) => Math.max(2, side * scale));
  context.beginPath();
  if (unit.type.name.includes("Mineral")) {
    for (const [x, height] of [[-0.55, 0.9], [0, 1.25], [0.55, 0.8]]) {
      context.moveTo(x * left - left * 0.28, down * 0.6);
      context.lineTo(x * left, -up * height);
      context.lineTo(x * left + left * 0.28, down * 0.6);
    }
  } else if (unit.type.name.includes("Geyser")) {
    context.ellipse(0, 0, left, up, 0, 0, TURN);
    context.ellipse(0, 0, left * 0.4, up * 0.4, 0, 0, TURN, true);
  } else if (unit.type.race === "Protoss") {
    const cut = Math.min(left, up) * 0.55;
    polygon(context, 1, [[-left + cut, up], [right - cut, up], [right, up - cut], [right, cut - down], [right - cut, -down],
      [cut - left, -down], [-left, cut - down], [-left, up - cut]]);
  } else {
    const round = unit.type.race === "Zerg" ? Math.min(left, up) * 0.9 : Math.min(left, up) * 0.18;
    context.roundRect(-left, -up, left + right, up + down, round);
  }
  context.fill();
  context.stroke();
}

/** Draw a type's own sign, as in the videos: limbs and guns below, the body above, a mark where it faces. */
function drawSign(context, r, sign, ink) {
  const limbs = (colour, extra) => {
    context.strokeStyle = colour;
    context.lineCap = "round";
    for (const [[x, y], [toX, toY], width] of sign.lines) {
      context.lineWidth = Math.max(1.2, width * r) + extra;
      context.beginPath();
      context.moveTo(x * r, -y * r);
      context.lineTo(toX * r, -toY * r);
      context.stroke();
    }
  };
  const { strokeStyle: edge, lineWidth: edgeWidth } = context;
  limbs(edge, edgeWidth * 1.6);
  limbs(context.fillStyle, 0);
  context.strokeStyle = edge;
  context.lineWidth = edgeWidth;
  if (sign.outline.length) polygon(context, r, sign.outline);
  else {
    context.beginPath();
    context.arc(0, 0, sign.disc * r, 0, TURN);
  }
  context.fill();
  context.stroke();
  if (r < 4) return;
  const [x, y] = sign.head;
  polygon(context, r, [[x, y + 0.42], [x + 0.2, y - 0.02], [x - 0.2, y - 0.02]]);
  context.fillStyle = ink;
  context.fill();
}

/** Draw what moves, facing up. */
function drawBody(context, unit, ink) {
  const r = unit.radius;
  const { type } = unit;
  if (type.sign) {
    drawSign(context, r, type.sign, ink);
    return;
  }
  if (unit.flying) {
    polygon(context, r, [[0, 1.05], [0.42, 0.1], [1, -0.55], [0.35, -0.62], [0, -0.9], [-0.35, -0.62], [-1, -0.55], [-0.42, 0.1]]);
  } else if (type.race === "Protoss") {
    polygon(context, r, type.worker ? [[0, 0.8], [0.6, -0.5], [-0.6, -0.5]] : [[0, 0.85], [0.85, 0.2], [0.55, -0.8], [-0.55, -0.8], [-0.85, 0.2]]);
  } else if (type.race === "Zerg") {
    context.beginPath();
    context.moveTo(0, -r);
    context.bezierCurveTo(r * 0.9, -r * 0.2, r * 0.75, r * 0.75, 0, r * 0.85);
    context.bezierCurveTo(-r * 0.75, r * 0.75, -r * 0.9, -r * 0.2, 0, -r);
    context.closePath();
  } else {
    context.beginPath();
    context.arc(0, 0, r * (type.worker ? 0.66 : 0.78), 0, TURN);
  }
  context.fill();
  context.stroke();
  if (r < 4) return;
  context.strokeStyle = ink;
  context.lineCap = "round";
  context.lineWidth = Math.max(1.4, r * 0.2);
  context.beginPath();
  if (type.reach > MELEE_REACH_PX && !unit.flying) {
    context.moveTo(r * 0.3, -r * 0.05);
    context.lineTo(r * 0.3, -r * 1.12);
  } else {
    context.moveTo(0, -r * 0.12);
    context.lineTo(0, -r * 0.62);
  }
  context.stroke();
}
