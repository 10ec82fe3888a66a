/** The canvas to draw on: from pen, finger, mouse and keys to a drawing, and that drawing to pixels. */

import { colour, onThemeChange } from "./theme.js";

const KEY_STEP_PX = 10;
const FINE_STEP_PX = 3;
const SHEET_PX = 240; // a wider sheet takes longer to read, and is read no better
const USUAL_PRESSURE = 0.5; // gives the chosen width of the pen
const PALM_MS = 1000; // after a pen was near, a touch is the hand that holds it
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * `changed()` is called after every change of `drawing`, `penMoved(down)` when keys set the pen
 * down or lift it. Strokes are in pixels of the sheet, `width` x `height`, which has the shape that
 * the canvas had when the first ink came. `scale` is how many CSS pixels one of them takes; where
 * the canvas changes, the sheet is scaled to fit. `pen` is the width of the line in CSS pixels.
 */
export class Pad {
  constructor(canvas, drawing, { changed, penMoved }) {
    Object.assign(this, { canvas, drawing, changed, penMoved });
    this.context = canvas.getContext("2d");
    this.pen = 14;
    this.pointer = null;
    this.penSeenAt = -Infinity;
    this.cursor = null; // of the keyboard: {x, y, down}
    this.held = new Set();
    this.listen();
    new ResizeObserver(() => this.fit()).observe(canvas);
    onThemeChange(() => this.draw());
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.pressed(event));
    // Where the browser tells of each move at once, the answer need not wait for the next frame.
    const move = "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";
    canvas.addEventListener(move, (event) => this.moved(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      canvas.addEventListener(name, (event) => this.lifted(event));
    }
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("keyup", (event) => this.held.delete(event.key));
    canvas.addEventListener("blur", () => this.putAway());
  }

  /** Take the size of the canvas, now that it has one. */
  fit() {
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth) return;
    if (this.drawing.blank || !this.width) {
      const scale = Math.max(1, clientWidth / SHEET_PX);
      [this.width, this.height] = [clientWidth, clientHeight].map((side) => Math.round(side / scale));
    }
    this.scale = Math.min(clientWidth / this.width, clientHeight / this.height);
    // All of the canvas in pixels of the sheet: kept, since asking for it costs a layout.
    this.shown = { width: clientWidth / this.scale, height: clientHeight / this.scale };
    const sharp = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(clientWidth * sharp);
    this.canvas.height = Math.round(clientHeight * sharp);
    this.draw();
    this.fitted?.();
  }

  place(event) {
    const frame = this.canvas.getBoundingClientRect();
    const x = (event.clientX - frame.left) / this.scale;
    const y = (event.clientY - frame.top) / this.scale;
    return [clamp(x, this.width), clamp(y, this.height), pressureOf(event)];
  }

  pressed(event) {
    if (event.pointerType === "pen") this.penSeenAt = event.timeStamp;
    const palm = event.pointerType === "touch" && event.timeStamp - this.penSeenAt < PALM_MS;
    if (this.pointer !== null || palm || event.button !== 0) return;
    this.putAway();
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    if (this.drawing.blank) this.fit();
    this.drawing.begin(this.pen / this.scale, this.place(event));
    this.inked();
  }

  moved(event) {
    if (event.pointerType === "pen") this.penSeenAt = event.timeStamp;
    if (event.pointerId !== this.pointer) return;
    // The pointer may move more often than there are events: what it did in between comes along.
    const events = event.getCoalescedEvents?.() ?? [];
    let added = false;
    for (const each of events.length ? events : [event]) {
      added = this.drawing.extend(this.place(each)) || added;
    }
    if (added) this.inked();
  }

  lifted(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = null;
    this.drawing.end();
    this.changed();
  }

  key(event) {
    if (event.key in ARROWS) this.held.add(event.key);
    else if (event.key !== " " || event.repeat) return;
    event.preventDefault();
    this.cursor ??= { x: this.width / 2, y: this.height / 2, down: false };
    if (event.key === " ") this.toggle();
    else this.step((event.shiftKey ? FINE_STEP_PX : KEY_STEP_PX) / this.scale);
    this.draw();
  }

  toggle() {
    const { cursor, drawing } = this;
    cursor.down = !cursor.down;
    if (cursor.down) drawing.begin(this.pen / this.scale, [cursor.x, cursor.y, USUAL_PRESSURE]);
    else drawing.end();
    this.penMoved(cursor.down);
    this.changed();
  }

  step(length) {
    const { cursor } = this;
    for (const key of this.held) {
      cursor.x = clamp(cursor.x + ARROWS[key][0] * length, this.width);
      cursor.y = clamp(cursor.y + ARROWS[key][1] * length, this.height);
    }
    if (cursor.down && this.drawing.extend([cursor.x, cursor.y, USUAL_PRESSURE])) this.changed();
  }

  /** The keyboard's pen is lifted and out of sight. */
  putAway() {
    this.held.clear();
    if (!this.cursor) return;
    if (this.cursor.down) {
      this.drawing.end();
      this.changed();
    }
    this.cursor = null;
    this.draw();
  }

  /** Lift whatever draws, before ink is taken back. */
  lift() {
    this.pointer = null;
    if (this.cursor) this.cursor.down = false;
  }

  inked() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
    this.changed();
  }

  draw() {
    if (!this.width) return;
    const { context, canvas } = this;
    const unit = canvas.width / this.shown.width;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.setTransform(unit, 0, 0, unit, 0, 0);
    drawStrokes(context, this.drawing.strokes, colour("--ink"));
    if (this.cursor) drawCursor(context, this.cursor, this.pen / this.scale, colour("--accent"));
  }

  /** The sheet as a PNG, dark on light whatever the theme. */
  toBlob() {
    const copy = new OffscreenCanvas(this.width, this.height);
    const context = copy.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, copy.width, copy.height);
    drawStrokes(context, this.drawing.strokes, "#1b2340");
    return copy.convertToBlob({ type: "image/png" });
  }
}

const clamp = (value, most) => Math.min(Math.max(value, 0), most);

/** Only pens tell a pressure that can be trusted. */
const pressureOf = (event) => (event.pointerType === "pen" && event.pressure ? event.pressure : USUAL_PRESSURE);

/**
 * Strokes as smooth curves: from the first point over the middles between points to the last, bent
 * by the points themselves. The service draws them in the same way (`inkdigits.imaging.strokes`).
 */
function drawStrokes(context, strokes, colour) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineCap = context.lineJoin = "round";
  for (const { pen, points } of strokes) {
    if (points.length === 1) drawDot(context, pen, points[0]);
    else if (points.length === 2) drawLine(context, pen, points);
    for (let bend = 1; bend < points.length - 1; ) bend = drawCurves(context, pen, points, bend);
  }
}

const widthAt = (pen, pressure) => pen * (0.5 + pressure);

function drawDot(context, pen, [x, y, pressure]) {
  context.beginPath();
  context.arc(x, y, widthAt(pen, pressure) / 2, 0, 2 * Math.PI);
  context.fill();
}

function drawLine(context, pen, [from, to]) {
  context.lineWidth = widthAt(pen, (from[2] + to[2]) / 2);
  context.beginPath();
  context.moveTo(from[0], from[1]);
  context.lineTo(to[0], to[1]);
  context.stroke();
}

/** The curves from the one that the point `bend` bends on, as many as are as wide; the next point. */
function drawCurves(context, pen, points, bend) {
  const pressure = points[bend][2];
  context.lineWidth = widthAt(pen, pressure);
  context.beginPath();
  context.moveTo(...endOf(points, bend - 1));
  for (; bend < points.length - 1 && points[bend][2] === pressure; bend += 1) {
    context.quadraticCurveTo(points[bend][0], points[bend][1], ...endOf(points, bend));
  }
  context.stroke();
  return bend;
}

/** Where the curve ends that the point `bend` bends. */
function endOf(points, bend) {
  if (bend === 0) return points[0].slice(0, 2);
  const [here, next] = [points[bend], points[bend + 1]];
  if (bend === points.length - 2) return next.slice(0, 2);
  return [(here[0] + next[0]) / 2, (here[1] + next[1]) / 2];
}

function drawCursor(context, { x, y, down }, pen, colour) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, Math.max(pen / 2, 5), 0, 2 * Math.PI);
  if (down) context.fill();
  for (const [dx, dy] of Object.values(ARROWS)) {
    context.moveTo(x + dx * (pen / 2 + 5), y + dy * (pen / 2 + 5));
    context.lineTo(x + dx * (pen / 2 + 14), y + dy * (pen / 2 + 14));
  }
  context.stroke();
}
