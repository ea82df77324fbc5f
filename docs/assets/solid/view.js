// Lets a reader turn a figure with three dimensions. It paints over the image, which
// stays where there is no canvas, or no file. Nothing moves by itself.

import {read} from "./file.js";
import {paint} from "./paint.js";

const STEP = 10; // degrees for a key
const NEARER = 1.15; // for a key, or a notch of a wheel
const FARTHEST = 0.4;
const NEAREST = 12;
const HELP = {
  mouse: "Drag it or press arrow keys to turn it, + and − to zoom, Home to reset. After a click the wheel zooms.",
  touch: "Drag it sideways to turn it, after a tap any way. Two fingers zoom, a double tap resets.",
};

let count = 0;

export async function show(holder) {
  const answer = await fetch(holder.dataset.solid);
  if (!answer.ok) return;
  const figure = read(await answer.arrayBuffer());
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const images = [...holder.querySelectorAll("img")];
  describe(canvas, holder, images[0].alt);
  const turn = {};
  const draw = drawing(() => drawAll(figure, turn, holder, images, canvas, pen));
  listen(canvas, turn, figure.panels[0].view[0], draw);
  for (const image of images) image.inert = true; // it would be read, and enlarged, below this
  // One of the images is there in each scheme, and has another size on narrow pages.
  const sizes = new ResizeObserver(draw);
  for (const image of images) sizes.observe(image);
}

// Names the canvas as the image is named, and says how to use it.
function describe(canvas, holder, alt) {
  const help = document.createElement("span");
  help.id = `solid-help-${++count}`;
  help.className = "solid-help";
  help.textContent = matchMedia("(pointer: coarse)").matches ? HELP.touch : HELP.mouse;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application"); // so that its keys reach it
  canvas.setAttribute("aria-label", alt);
  canvas.setAttribute("aria-describedby", help.id);
  holder.append(canvas, help);
}

// Draws once in a frame, however often it is asked.
function drawing(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

function drawAll(figure, turn, holder, images, canvas, pen) {
  const image = images.find((one) => one.clientWidth);
  if (!image) return; // inside of a closed fold
  const [width, height] = [image.clientWidth, image.clientHeight];
  const density = window.devicePixelRatio;
  Object.assign(canvas.style, {left: `${image.offsetLeft}px`, top: `${image.offsetTop}px`, width: `${width}px`, height: `${height}px`});
  canvas.width = width * density;
  canvas.height = height * density;
  pen.scale(density, density);
  const source = image.parentElement.querySelector("source");
  const laidOut = figure.places[source && matchMedia(source.media).matches ? 1 : 0];
  const places = laidOut.panels.map(({place: [left, top, right, bottom, x, y, unit], axes}) => ({
    axes, left: left * width, top: top * height, right: right * width, bottom: bottom * height,
    middle: [x * width, y * height], unit: unit * width,
  }));
  const style = getComputedStyle(holder);
  const point = width / laidOut.width; // of type, in pixels
  paint(pen, figure.panels, places, turn, {page: style.backgroundColor, text: hex(style.color), point, em: 10.5 * point});
}

const hex = (color) => `#${color.match(/[0-9]+/g).slice(0, 3).map((x) => Number(x).toString(16).padStart(2, "0")).join("")}`;

// All panels turn alike, each from the view in which it was drawn.
function listen(canvas, turn, elevation, draw) {
  const between = (low, x, high) => Math.min(high, Math.max(low, x));
  const reset = () => {
    Object.assign(turn, {azimuth: 0, elevation: 0, zoom: 1});
    draw();
  };
  const rotate = (aside, up) => {
    turn.azimuth += aside;
    turn.elevation = between(-90, elevation + turn.elevation + up, 90) - elevation;
    draw();
  };
  const zoom = (factor) => {
    turn.zoom = between(FARTHEST, turn.zoom * factor, NEAREST);
    draw();
  };
  reset();
  const keys = {
    ArrowLeft: () => rotate(STEP, 0),
    ArrowRight: () => rotate(-STEP, 0),
    ArrowUp: () => rotate(0, -STEP),
    ArrowDown: () => rotate(0, STEP),
    "+": () => zoom(NEARER),
    "=": () => zoom(NEARER),
    "-": () => zoom(1 / NEARER),
    Home: reset,
    0: reset,
  };
  canvas.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  canvas.addEventListener("dblclick", reset);
  // The page scrolls past a figure that nobody has chosen.
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== canvas) return;
    event.preventDefault();
    zoom(NEARER ** -between(-1, event.deltaY / 50, 1));
  }, {passive: false});
  listenToPointers(canvas, rotate, zoom);
}

function listenToPointers(canvas, rotate, zoom) {
  const fingers = new Map();
  const apart = () => {
    const [a, b] = fingers.values();
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    fingers.set(event.pointerId, event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const before = fingers.size === 2 ? apart() : 0;
    fingers.set(event.pointerId, event);
    if (before) zoom(apart() / before);
    if (fingers.size > 1) return;
    const degree = Math.min(canvas.clientWidth, canvas.clientHeight) / 180; // in pixels
    const scrolls = event.pointerType === "touch" && document.activeElement !== canvas;
    const up = scrolls ? 0 : event.clientY - last.clientY;
    rotate((last.clientX - event.clientX) / degree, up / degree);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));
  }
}
