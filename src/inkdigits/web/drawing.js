/** A drawing: strokes of a pen on a sheet, with undo and redo. It knows no canvas. */

const LEAST_PX = 0.75; // points closer than this to the last one say nothing new

/**
 * One stroke: `points` are `[x, y, pressure]` in pixels of the sheet; `pen` is the width of the line
 * where the pressure is a half.
 */
export class Stroke {
  constructor(pen, point) {
    this.pen = pen;
    this.points = [point];
  }

  /** Let the pen go on; true if that added ink. */
  extend(point) {
    const last = this.points.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) < LEAST_PX) return false;
    this.points.push(point);
    return true;
  }

  /** As the service takes it; the text is kept, since a finished stroke is sent many times. */
  toText() {
    if (this.textOf !== this.points.length) {
      this.textOf = this.points.length;
      const points = this.points.map(([x, y, pressure]) => [tenths(x), tenths(y), hundredths(pressure)]);
      this.text = JSON.stringify({ pen_width: tenths(this.pen), points });
    }
    return this.text;
  }
}

const tenths = (value) => Math.round(value * 10) / 10;
const hundredths = (value) => Math.round(value * 100) / 100;

/** The strokes on the sheet, and every earlier state of it. */
export class Drawing {
  constructor() {
    this.states = [[]];
    this.at = 0;
    this.open = null;
    this.takenBack = 0; // changes whenever ink goes away: answers to what was before are stale then
    this.given = 0; // counts points of the hand, for whoever measures how fast answers follow
  }

  get strokes() {
    return this.open ? [...this.states[this.at], this.open] : this.states[this.at];
  }

  get blank() { return this.states[this.at].length === 0 && !this.open; }
  get canUndo() { return this.at > 0; }
  get canRedo() { return this.at < this.states.length - 1; }

  begin(pen, point) {
    this.end();
    this.open = new Stroke(pen, point);
    this.given += 1;
  }

  extend(point) {
    if (!this.open?.extend(point)) return false;
    this.given += 1;
    return true;
  }

  end() {
    if (!this.open) return;
    this.push(this.strokes);
    this.open = null;
  }

  clear() {
    this.end();
    if (this.blank) return;
    this.push([]);
    this.takenBack += 1;
  }

  undo() {
    this.end();
    if (!this.canUndo) return;
    this.at -= 1;
    this.takenBack += 1;
  }

  redo() {
    this.end();
    if (!this.canRedo) return;
    this.at += 1;
    this.takenBack += 1;
  }

  push(state) {
    this.states = [...this.states.slice(0, this.at + 1), state];
    this.at += 1;
  }

  /** The strokes as a JSON list. */
  toText() {
    return `[${this.strokes.map((stroke) => stroke.toText()).join(",")}]`;
  }
}
