/** The view "Draw": what is on the sheet is read while the pen moves. */

import { drawBoxes } from "./boxes.js";
import { Closer } from "./closer.js";
import { announce, byId, copyText, make } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Pad } from "./pad.js";
import { Away, ServiceError, service } from "./service.js";
import { byLine, noteOn, spoken, stateOfAll, symbolsOf } from "./words.js";

const REST_MS = 160; // after so long without ink it is asked which ink decided
const SAY_MS = 900; // and after so long the answer is announced
const BLANK = { reading: { numbers: [], text: "" }, seen: [] };
const BLANK_NOTE = "The sheet is blank.";

export class DrawView {
  /** `keep(name, blob, answer)` takes a drawing among the results. */
  constructor(keep) {
    this.keep = keep;
    this.drawing = new Drawing();
    const changed = () => this.changed();
    const penMoved = (down) => announce(down ? "Pen down." : "Pen up.");
    this.pad = new Pad(byId("pad"), this.drawing, { changed, penMoved });
    this.pad.fitted = () => this.showBoxes();
    this.closer = new Closer((index) => this.choose(index));
    this.answer = BLANK;
    this.chosen = 0;
    this.kept = 0;
    this.wanted = false; // the sheet is not yet read as it is
    this.paused = false; // the service asked for a rest
    this.listen();
  }

  listen() {
    const press = (id, action) => byId(id).addEventListener("click", action);
    press("undo", () => this.takeBack("undo"));
    press("redo", () => this.takeBack("redo"));
    press("clear", () => this.takeBack("clear"));
    press("keep", () => this.keepDrawing());
    press("copy-answer", (event) => copyText(this.answer.reading.text, event.currentTarget));
    byId("pen").addEventListener("input", () => this.setPen());
    this.setPen();
    byId("view-draw").addEventListener("keydown", (event) => this.key(event));
    service.addEventListener("back", () => this.changed());
  }

  key(event) {
    const control = event.ctrlKey || event.metaKey;
    const onPad = event.target === byId("pad");
    const action = control ? CONTROL_KEYS[event.key.toLowerCase()] : onPad && !event.altKey && KEYS[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action(this, event.shiftKey);
  }

  setPen(change = 0) {
    const slider = byId("pen");
    if (change) slider.value = Number(slider.value) + change;
    this.pad.pen = Number(slider.value);
    byId("pen-tip").style.setProperty("--tip", `${slider.value}px`);
    slider.setAttribute("aria-valuetext", `${slider.value} pixels`);
    this.pad.draw();
    if (change) announce(`Pen ${slider.value} pixels wide.`);
  }

  takeBack(how) {
    this.pad.lift();
    this.drawing[how]();
    this.pad.draw();
    this.changed();
    if (this.drawing.blank) this.pad.fit();
  }

  /** Something on the sheet changed: show what can be done now, and have it read. */
  changed() {
    byId("undo").disabled = !this.drawing.canUndo && !this.drawing.open;
    byId("redo").disabled = !this.drawing.canRedo;
    byId("clear").disabled = byId("keep").disabled = this.drawing.blank;
    byId("sheet-hint").hidden = !this.drawing.blank;
    clearTimeout(this.rest);
    const stale = this.asked?.takenBack !== this.drawing.takenBack || this.asked.include !== "seen";
    if (stale) this.asked?.stop.abort();
    this.wanted = !this.drawing.blank;
    byId("answer").setAttribute("aria-busy", String(this.wanted));
    byId("answer").dataset.given = this.drawing.given;
    if (this.wanted) this.read();
    else this.show(BLANK, this.drawing.given);
  }

  /** Read the sheet: one request at a time, and each with all the ink there is by then. */
  async read(include = "seen") {
    if (this.asked || this.paused || service.isAway || this.drawing.blank) return;
    this.wanted = false;
    const { given, takenBack } = this.drawing;
    this.asked = { include, takenBack, stop: new AbortController() };
    clearTimeout(this.rest);
    try {
      const { signal } = this.asked.stop;
      const answer = await service.readDrawing(this.drawing, this.pad, include, signal);
      if (takenBack === this.drawing.takenBack && !this.drawing.blank) this.show(answer, given);
    } catch (error) {
      this.failed(error);
    } finally {
      this.asked = null;
    }
    if (this.wanted) return this.read();
    byId("answer").setAttribute("aria-busy", String(service.isAway || this.paused));
    if (include === "seen") this.rest = setTimeout(() => this.read("evidence"), REST_MS);
  }

  failed(error) {
    if (error.name === "AbortError" || error instanceof Away) return;
    if (!(error instanceof ServiceError)) throw error;
    if (error.retryAfterS) {
      this.paused = true;
      setTimeout(() => { this.paused = false; this.changed(); }, 1000 * error.retryAfterS);
      return;
    }
    byId("answer").dataset.state = "refused";
    byId("answer-note").textContent = error.message;
  }

  /** Show an answer to the drawing as it was when its hand had given so many points. */
  show(answer, given) {
    this.answer = answer;
    const { numbers } = answer.reading;
    if (given !== this.chosenAt || !this.digits[this.chosen]) this.chosen = this.latest();
    const state = this.drawing.blank ? "blank" : stateOfAll(numbers);
    byId("answer").dataset.state = state;
    byId("copy-answer").disabled = !answer.reading.text;
    byId("answer").dataset.answered = given;
    showAnswer(byId("answer-text"), numbers);
    const blank = this.drawing.blank ? BLANK_NOTE : "No digit yet.";
    byId("answer-note").textContent = noteOn(numbers, blank);
    this.showDigit();
    announce(spoken(numbers, blank), SAY_MS);
  }

  get digits() {
    return this.answer.reading.numbers.flatMap((number) => number.digits);
  }

  /** The digit that the pen was at last. */
  latest() {
    const [x, y] = this.drawing.strokes.at(-1)?.points.at(-1) ?? [0, 0];
    const away = this.digits.map(({ box: [left, top, right, bottom] }) =>
      Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom)),
    );
    return Math.max(0, away.indexOf(Math.min(...away)));
  }

  choose(index) {
    if (this.digits.length === 0) return;
    this.chosen = (index + this.digits.length) % this.digits.length;
    this.chosenAt = this.drawing.given; // the choice holds until there is new ink
    this.showDigit();
    const digit = this.digits[this.chosen];
    announce(`Digit ${this.chosen + 1}, ${digit.value ?? "unclear"}.`);
  }

  showDigit() {
    this.closer.show(this.digits, this.answer.seen.flat(), this.chosen);
    this.showBoxes();
  }

  showBoxes() {
    const { numbers } = this.answer.reading;
    // The canvas may be larger than the sheet, which then begins in its corner.
    if (this.pad.shown) drawBoxes(byId("pad-boxes"), this.pad.shown, numbers, { chosen: placeOf(numbers, this.chosen) });
  }

  async keepDrawing() {
    if (this.drawing.blank) return;
    try {
      const blob = await this.pad.toBlob();
      const answer = await service.readDrawing(this.drawing, this.pad, "seen");
      this.kept += 1;
      this.keep(`drawing ${this.kept}`, blob, answer);
      this.takeBack("clear");
      announce(`Kept drawing ${this.kept}: ${answer.reading.text || "no digits"}. The sheet is blank again.`);
    } catch (error) {
      this.failed(error);
    }
  }
}

const CONTROL_KEYS = {
  z: (view, shift) => view.takeBack(shift ? "redo" : "undo"),
  y: (view) => view.takeBack("redo"),
};
const KEYS = {
  delete: (view) => view.takeBack("clear"),
  backspace: (view) => view.takeBack("undo"),
  "[": (view) => view.setPen(-2),
  "]": (view) => view.setPen(2),
  ",": (view) => view.choose(view.chosen - 1),
  ".": (view) => view.choose(view.chosen + 1),
  k: (view) => view.keepDrawing(),
};

/** The place of the digit at `index`, counted over all numbers, as `[number, digit]`. */
function placeOf(numbers, index) {
  for (const [place, { digits }] of numbers.entries()) {
    if (index < digits.length) return [place, index];
    index -= digits.length;
  }
  return undefined;
}

/** Numbers in large type: refused symbols stand out, and nothing but refused ones is no number. */
export function showAnswer(output, numbers) {
  const lines = byLine(numbers).map((line) => line.map(([, number]) => number));
  output.dataset.length = symbolCount(numbers) > 12 || lines.length > 2 ? "long" : "short";
  if (numbers.length === 0) {
    output.replaceChildren("–");
  } else if (!numbers.some((number) => number.text)) {
    const whole = numbers.length === 1 && numbers[0].digits.length === 1 ? firstReason(numbers) : "Not digits";
    output.replaceChildren(make("span", { class: "no-digit" }, whole));
  } else {
    output.replaceChildren(
      ...lines.flatMap((line, row) => [...(row ? ["\n"] : []), ...line.flatMap((number, i) => [...(i ? [" "] : []), ...symbols(number)])]),
    );
  }
}

const symbolCount = (numbers) => numbers.reduce((sum, number) => sum + number.digits.length, 0);
const firstReason = ([number]) => (number.reason === "not a digit" ? "Not a digit" : "Unclear");
const symbols = (number) =>
  [...symbolsOf(number)].map((symbol) => (symbol === "?" ? make("span", { class: "in-doubt" }, "?") : symbol));
