/** The closer look at one digit: how likely each digit is, what the model saw, which ink decided. */

import { byId, make } from "./dom.js";
import { onThemeChange, rgb } from "./theme.js";
import { percent } from "./words.js";

const SIDE = 28;
const BLANK = new Uint8Array(SIDE * SIDE);
const NAMES = [..."0123456789", "none"];
const PLACES = ["upper left", "top", "upper right", "left", "middle", "right", "lower left", "bottom", "lower right"];

export class Closer {
  /** `choose(index)` is called with the place of the digit that the user wants to see. */
  constructor(choose) {
    this.choose = choose;
    this.rows = NAMES.map((name) => {
      const fill = make("span", { class: "fill" });
      const value = make("span", { class: "value" });
      const row = make("li", {}, make("span", { class: "name" }, name), make("span", { class: "track" }, fill), value);
      return { row, fill, value };
    });
    byId("bars").append(...this.rows.map(({ row }) => row));
    onThemeChange(() => this.paint());
    this.show([], [], 0);
  }

  /**
   * Show the digit at `index` of `digits`, in reading order; there may be none. `seen` says of each
   * what the model saw: `pixels`, `probabilities`, `not_a_digit`, and `evidence` where it was asked.
   */
  show(digits, seen, index) {
    this.digit = digits[index];
    this.seen = seen[index];
    this.showChips(digits, index);
    const shares = this.seen ? [...this.seen.probabilities, this.seen.not_a_digit] : NAMES.map(() => 0);
    const best = this.seen ? shares.indexOf(Math.max(...shares)) : -1;
    this.rows.forEach(({ row, fill, value }, i) => {
      row.className = i === best ? "best" : "";
      fill.style.transform = `scaleX(${shares[i]})`;
      value.textContent = this.seen ? percent(shares[i]) : "";
    });
    this.paint();
  }

  showChips(digits, index) {
    const chips = byId("chips");
    const texts = digits.map(symbolOf).join("") || "none";
    if (chips.dataset.texts !== texts) {
      chips.dataset.texts = texts;
      const buttons = digits.map((digit, place) => this.chip(digit, place));
      chips.replaceChildren(...(buttons.length ? buttons : [make("span", { class: "empty" }, "No digit to look at yet.")]));
    }
    chips.querySelectorAll("button").forEach((chip, place) => chip.setAttribute("aria-pressed", place === index));
  }

  chip(digit, place) {
    const state = digit.value === null ? "refused" : "accepted";
    const label = `Digit ${place + 1}: ${digit.value ?? "unclear"}`;
    const settings = { type: "button", "data-state": state, "aria-label": label, onclick: () => this.choose(place) };
    return make("button", settings, symbolOf(digit));
  }

  paint() {
    const { digit } = this;
    const pixels = this.seen?.pixels ?? BLANK;
    const evidence = this.seen?.evidence;
    paintSeen(byId("seen"), pixels);
    byId("seen").setAttribute("aria-label", digit ? `A digit in 28 by 28 points, most like ${digit.guess}` : "Nothing yet");
    const [ground, ink, hot] = ["--sheet", "--ink", "--hot"].map(rgb);
    fill(byId("evidence"), (i) => {
      const faint = mix(ground, ink, (pixels[i] / 255) * 0.22);
      return evidence ? mix(faint, hot, evidence[i] / 255) : faint;
    });
    byId("evidence").setAttribute("aria-label", evidence ? inWords(evidence, digit.guess) : "Nothing yet");
  }
}

const symbolOf = (digit) => digit.value ?? "?";

/** Paint 28x28 pixels in the colours of ink and sheet. */
export function paintSeen(canvas, pixels) {
  const [ground, ink] = ["--sheet", "--ink"].map(rgb);
  fill(canvas, (i) => mix(ground, ink, pixels[i] / 255));
}

function fill(canvas, colourAt) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1) image.data.set([...colourAt(i), 255], 4 * i);
  context.putImageData(image, 0, 0);
}

const mix = (from, to, share) => from.map((value, i) => value + share * (to[i] - value));

/** Where the ink that decided lies, for those who do not see the picture. */
function inWords(evidence, guess) {
  const third = (at) => Math.min(2, Math.max(0, Math.floor((at - 4) / 7)));
  const sums = PLACES.map(() => 0);
  evidence.forEach((value, i) => {
    sums[3 * third(Math.floor(i / SIDE)) + third(i % SIDE)] += value;
  });
  const [first, second] = [...PLACES.keys()].sort((a, b) => sums[b] - sums[a]);
  return `What made it ${guess}: most of all the ink at the ${PLACES[first]}, then at the ${PLACES[second]}`;
}
