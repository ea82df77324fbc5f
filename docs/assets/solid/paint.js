// Paints axes with three dimensions as matplotlib does: what is far comes first.

import {inBox} from "./file.js";

const GRID = "#80808040"; // as sitebuild/worker/figures.py has them
const PANE = "#80808010";
const PALEST = 0.3; // of far points, as in matplotlib
const SHORT = 4; // letters of a name that stays level
const FONT = "system-ui, sans-serif";

// Gives where a place in the box is on the page, and how far from the eye.
export function projection({view, distance, focal}, turn, {middle, unit}) {
  const [elevation, azimuth, roll] = [view[0] + turn.elevation, view[1] + turn.azimuth, view[2]]
    .map((degrees) => (degrees * Math.PI) / 180);
  const [ce, se, ca, sa] = [Math.cos(elevation), Math.sin(elevation), Math.cos(azimuth), Math.sin(azimuth)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  const scale = unit * turn.zoom;
  return ([x, y, z]) => {
    const aside = -sa * x + ca * y;
    const above = -se * ca * x - se * sa * y + ce * z;
    const near = ce * ca * x + ce * sa * y + se * z;
    const far = focal ? distance - near / focal : distance;
    const factor = scale / far;
    return {
      x: middle[0] + factor * (cr * aside - sr * above),
      y: middle[1] - factor * (sr * aside + cr * above),
      far: -near,
    };
  };
}

// Paints panels, each in a place of its own: {left, top, right, bottom} is what it covers,
// `middle` and `unit` are where and how large it is, all in pixels. Its `axes`, if it shows
// them, have names and ticks.
export function paint(pen, panels, places, turn, look) {
  pen.fillStyle = look.page;
  for (const {left, top, right, bottom} of places) pen.fillRect(left, top, right - left, bottom - top);
  panels.forEach((panel, i) => paintPanel(pen, panel, places[i], turn, look));
}

function paintPanel(pen, panel, place, turn, look) {
  const project = projection(panel, turn, place);
  const box = place.axes.length ? sides(panel, project) : null;
  within(pen, place, 0, () => {
    if (box) paintGrid(pen, place.axes, box);
    const things = panel.groups.flatMap((group) => thingsOf(pen, group, project, look));
    for (const thing of things.sort((a, b) => b.far - a.far)) thing.paint();
  });
  // Words may be where matplotlib would not have put them, a little beside.
  within(pen, place, 2 * look.em, () => {
    pen.fillStyle = look.text;
    pen.font = `${look.em}px ${FONT}`;
    for (const text of panel.texts) {
      const {x, y} = project(text.at);
      pen.fillText(text[3], x, y);
    }
    if (box) paintAxes(pen, place.axes, box, look);
  });
}

function within(pen, {left, top, right, bottom}, around, draw) {
  pen.save();
  pen.beginPath();
  pen.rect(left - around, top, right - left + 2 * around, bottom - top + around);
  pen.clip();
  draw();
  pen.restore();
}

// What a group consists of: each thing has its distance and knows how to paint itself.
function thingsOf(pen, group, project, look) {
  const spots = group.points.map(project);
  if (group.kind === "points") return discs(pen, group, spots, look);
  if (group.kind === "lines") return group.parts.flatMap((part, i) => segments(pen, group, part, i, spots, look));
  return group.parts.map((part, i) => face(pen, group, part, i, spots, look));
}

function discs(pen, group, spots, look) {
  const far = spots.map((spot) => spot.far);
  const [least, most] = [Math.min(...far), Math.max(...far)];
  return spots.map((spot, i) => ({
    far: spot.far,
    paint() {
      const depth = most > least ? (spot.far - least) / (most - least) : 0;
      pen.globalAlpha = group.fades ? 1 - (1 - PALEST) * depth : 1;
      pen.fillStyle = group.fill(i, look.text);
      pen.beginPath();
      pen.arc(spot.x, spot.y, group.size(i) * look.point, 0, 2 * Math.PI);
      pen.fill();
    },
  }));
}

function segments(pen, group, part, number, spots, look) {
  const color = group.fill(number, look.text);
  const width = group.size(number) * look.point;
  let length = 0;
  return Array.from(part.slice(1), (index, i) => {
    const [from, to, start] = [spots[part[i]], spots[index], length];
    length += Math.hypot(to.x - from.x, to.y - from.y);
    return {
      far: (from.far + to.far) / 2,
      paint() {
        pen.globalAlpha = 1;
        pen.setLineDash(group.dashed ? [3.7 * width, 1.6 * width] : []);
        pen.lineDashOffset = start;
        pen.lineCap = group.dashed || !isOpaque(color) ? "butt" : "round";
        stroke(pen, [from, to], color, width);
      },
    };
  });
}

function face(pen, group, part, number, spots, look) {
  const corners = Array.from(part, (index) => spots[index]);
  return {
    far: corners.reduce((sum, corner) => sum + corner.far, 0) / corners.length,
    paint() {
      const [fill, edge] = [group.fill(number, look.text), group.edge(number, look.text)];
      const width = group.size(number) * look.point;
      pen.globalAlpha = 1;
      pen.setLineDash([]);
      pen.lineJoin = "round";
      // Without a line of its color, the page would show between a face and the next.
      if (edge && width) stroke(pen, corners, edge, width, fill);
      else stroke(pen, corners, isOpaque(fill) ? fill : "#0000", 0.6, fill);
    },
  };
}

function stroke(pen, spots, color, width, fill = "") {
  pen.beginPath();
  for (const {x, y} of spots) pen.lineTo(x, y);
  if (fill) {
    pen.closePath();
    pen.fillStyle = fill;
    pen.fill();
  }
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.stroke();
}

const isOpaque = (color) => color.length < 9 || color.endsWith("ff");

// The corners of the box on the page, and which side of each axis is behind the others.
function sides({box}, project) {
  const corner = (...fractions) => project(inBox(fractions, box)[0]);
  const behind = [0, 1, 2].map((axis) => {
    const [low, high] = [0, 1].map((side) => corner(...[0, 1, 2].map((k) => (k === axis ? side : 0.5))));
    return low.far > high.far ? 0 : 1;
  });
  return {corner, behind};
}

const others = (axis) => [0, 1, 2].filter((k) => k !== axis);

function paintGrid(pen, axes, {corner, behind}) {
  const at = (axis, x, side, y, last, z) => {
    const place = [0, 0, 0];
    place[axis] = x;
    place[side] = y;
    place[last] = z;
    return corner(...place);
  };
  pen.setLineDash([]);
  for (const axis of [0, 1, 2]) {
    const [i, j] = others(axis);
    const pane = [[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]];
    stroke(pen, pane.map(([y, z]) => at(axis, behind[axis], i, y, j, z)), GRID, 1, PANE);
    for (const [x] of axes[axis].ticks) {
      const line = [[behind[i], 1 - behind[j]], [behind[i], behind[j]], [1 - behind[i], behind[j]]];
      stroke(pen, line.map(([y, z]) => at(axis, x, i, y, j, z)), GRID, 1);
    }
  }
}

// Each axis has its ticks at an edge of the outline: x and y below, z at the right.
function paintAxes(pen, axes, box, look) {
  const written = []; // so that no words lie on others
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  axes.forEach((axis, k) => paintAxis(pen, axis, outerEdge(k, box), box, look, written));
}

// Gives the places along the edge that shows an axis.
function outerEdge(axis, {corner, behind}) {
  const [i, j] = others(axis);
  const edges = [[behind[i], 1 - behind[j]], [1 - behind[i], behind[j]]].map(([y, z]) => (x) => {
    const place = [x, x, x];
    place[i] = y;
    place[j] = z;
    return corner(...place);
  });
  const rank = (edge) => (axis === 2 ? edge(0.5).x : edge(0.5).y);
  return rank(edges[0]) > rank(edges[1]) ? edges[0] : edges[1];
}

function paintAxis(pen, {name, ticks}, edge, {corner}, look, written) {
  const [dx, dy] = outwards(edge, corner(0.5, 0.5, 0.5));
  stroke(pen, [edge(0), edge(1)], look.text, 0.8 * look.point);
  const reach = (text) => Math.abs(dx) * pen.measureText(text).width + Math.abs(dy) * look.em;
  const write = (text, spot, away) => {
    const here = {x: spot.x + dx * away, y: spot.y + dy * away, width: pen.measureText(text).width};
    if (written.some((word) => overlap(word, here, look.em))) return;
    written.push(here);
    pen.fillText(text, here.x, here.y);
  };
  for (const [x, text] of ticks) write(text, edge(x), (look.em + reach(text)) / 2);
  const beyond = Math.max(0, ...ticks.map(([, text]) => reach(text)));
  writeName(pen, name, edge, [dx, dy], look.em + beyond, look.em, reach(name));
}

// A name of some length lies along its axis, as in matplotlib.
function writeName(pen, name, edge, [dx, dy], away, em, reach) {
  const [from, to, middle] = [edge(0), edge(1), edge(0.5)];
  const along = name.length > SHORT ? Math.atan((to.y - from.y) / (to.x - from.x)) || 0 : 0;
  const far = away + (along ? em : reach) / 2;
  pen.save();
  pen.translate(middle.x + dx * far, middle.y + dy * far);
  pen.rotate(along);
  pen.fillText(name, 0, 0);
  pen.restore();
}

// A direction at a right angle to an edge, away from the middle of the box.
function outwards(edge, center) {
  const [from, to, middle] = [edge(0), edge(1), edge(0.5)];
  const [dx, dy] = [from.y - to.y, to.x - from.x];
  const length = Math.hypot(dx, dy) || 1;
  const sign = dx * (middle.x - center.x) + dy * (middle.y - center.y) < 0 ? -1 : 1;
  return [(sign * dx) / length, (sign * dy) / length];
}

const overlap = (one, other, em) =>
  Math.abs(one.x - other.x) < (one.width + other.width) / 2 && Math.abs(one.y - other.y) < 0.6 * em;
