/** One result in the list: image with boxes, numbers to correct, and a closer look. */

import { drawBoxes } from "./boxes.js";
import { paintSeen } from "./closer.js";
import { announce, copyText, iconButton, make, makeSvg } from "./dom.js";
import { boxesOf, byLine, count, emptyFields, sentence, stateOf, symbolsOf, wholePercent } from "./words.js";

const THUMB_PX = 240;
const MOST_TALL_PX = 260;

export class Card {
  /** `changed()` is called after each correction, `remove()` when the user wants it gone. */
  constructor(result, { changed, remove }) {
    Object.assign(this, { result, changed, remove });
    this.element = make("li", { class: "card result" });
    this.show();
  }

  /** Show the result anew: its state changed. */
  show() {
    const { result, element } = this;
    element.dataset.state = result.state;
    element.replaceChildren(this.picture(), make("div", { class: "body" }, this.head(), ...this.content()));
    this.note();
  }

  head() {
    const { result } = this;
    this.meta = make("p", { class: "meta" });
    const remove = iconButton("close", "", this.remove, `Remove ${result.name}`);
    remove.classList.add("remove");
    const name = make("h3", { class: "name" }, result.name);
    return make("div", { class: "head" }, make("div", { class: "title" }, name, this.meta), remove);
  }

  picture() {
    const { result } = this;
    const thumb = make("div", { class: "thumb" });
    const { width = 4, height = 3 } = result.reading ?? {};
    thumb.style.aspectRatio = `${width} / ${height}`;
    thumb.style.width = `${Math.min(THUMB_PX, (MOST_TALL_PX * width) / height)}px`;
    if (result.url && result.state !== "failed" && (result.reading?.page ?? 1) === 1) {
      const settings = { src: result.url, alt: "", loading: "lazy", decoding: "async" };
      thumb.append(make("img", { ...settings, onerror: (event) => this.withoutImage(event.currentTarget) }));
    }
    if (result.reading) {
      this.boxes = makeSvg("svg", { class: "boxes", "aria-hidden": "true" });
      thumb.append(this.boxes);
      this.mark();
    }
    return thumb;
  }

  withoutImage(image) {
    image.replaceWith(make("p", { class: "plain" }, "No preview of this format"));
  }

  /** Draw the boxes; `chosen` is the `[number, digit]` that stands out. */
  mark(chosen) {
    const { result } = this;
    const states = result.numbers.map((_, index) => this.stateOf(index));
    const pick = (number, digit) => this.select(number, digit);
    drawBoxes(this.boxes, result.reading, result.numbers, { states, chosen, pick });
  }

  stateOf(index) {
    return this.result.corrections.has(index) ? "corrected" : stateOf(this.result.numbers[index]);
  }

  content() {
    const { result } = this;
    if (result.state === "failed") {
      return [make("p", { class: "problem" }, make("strong", {}, "Not read. "), result.problem)];
    }
    if (result.state !== "done") return [];
    this.fields = [];
    this.addedLine = make("div", { class: "line" });
    const lines = byLine(result.numbers).map((numbers) =>
      make("div", { class: "line" }, ...numbers.map(([index, number]) => this.number(index, number))),
    );
    const none = result.numbers.length ? [] : [make("p", { class: "empty-note" }, `No digits were found. ${sentence(result.reading.reason)}`)];
    result.added.forEach((text, place) => this.addedLine.append(this.addedNumber(place, text)));
    return [...none, make("div", { class: "lines" }, ...lines, this.addedLine), this.actions(), this.tiles()];
  }

  number(index, number) {
    const { result } = this;
    const symbols = symbolsOf(number);
    const input = make("input", {
      inputmode: "numeric", autocomplete: "off", spellcheck: "false", maxlength: 64,
      "aria-label": `Number ${index + 1}, line ${number.line + 1}`,
    });
    input.value = result.corrections.get(index) ?? symbols;
    const says = make("span", { class: "says", id: `says-${unique()}` });
    input.setAttribute("aria-describedby", says.id);
    const back = iconButton("back", "", () => restore(), `Back to what the model read: ${symbols}`);
    const field = make("div", { class: "number" }, make("div", { class: "entry" }, input, back), says);
    const refresh = () => {
      field.dataset.state = this.stateOf(index);
      says.textContent = saysOf(number, symbols, result.corrections.get(index), boxesOf(result.reading, index));
      back.hidden = !result.corrections.has(index);
      input.style.setProperty("--symbols", Math.max(input.value.length, 1));
    };
    const take = () => {
      result.correct(index, input.value);
      refresh();
      this.mark(this.placeIn(index, input));
      this.note();
    };
    const restore = () => {
      input.value = symbols;
      take();
      input.focus();
      announce(`Back to ${symbols}.`);
    };
    input.addEventListener("input", () => { onlyDigits(input); take(); });
    for (const name of ["focus", "keyup", "click", "select"]) {
      input.addEventListener(name, () => this.mark(this.placeIn(index, input)));
    }
    input.addEventListener("blur", () => this.mark());
    this.fields[index] = input;
    refresh();
    return field;
  }

  /** The digit at the caret, while the field still shows one symbol for each digit. */
  placeIn(index, input) {
    const last = this.result.numbers[index].digits.length - 1;
    return input.value.length === last + 1 ? [index, Math.min(input.selectionStart, last)] : [index, -1];
  }

  /** Put the caret on a digit, so that typing replaces it. */
  select(index, digit) {
    const input = this.fields[index];
    input.focus();
    if (input.value.length === this.result.numbers[index].digits.length) input.setSelectionRange(digit, digit + 1);
    this.mark([index, digit]);
  }

  addedNumber(place, text) {
    const { result } = this;
    const input = make("input", { inputmode: "numeric", autocomplete: "off", maxlength: 64, "aria-label": "Added number" });
    input.value = text;
    const says = make("span", { class: "says" }, "added by you");
    const remove = () => {
      result.added[place] = "";
      field.remove();
      this.note();
      this.addButton.focus();
    };
    const field = make("div", { class: "number", "data-state": "corrected" },
      make("div", { class: "entry" }, input, iconButton("close", "", remove, "Remove the added number")), says);
    input.addEventListener("input", () => {
      onlyDigits(input);
      input.style.setProperty("--symbols", Math.max(input.value.length, 1));
      result.added[place] = input.value.replaceAll("?", "");
      this.note();
    });
    return field;
  }

  actions() {
    const { result } = this;
    const copy = iconButton("copy", "Copy", (event) => copyText(result.text, event.currentTarget));
    this.addButton = iconButton("plus", "Add a number", () => {
      result.added.push("");
      this.addedLine.append(this.addedNumber(result.added.length - 1, ""));
      this.addedLine.lastElementChild.querySelector("input").focus();
    });
    const digits = result.numbers.flatMap((number) => number.digits);
    const look = iconButton("look", "What the model saw", () => this.lookCloser(look));
    look.setAttribute("aria-expanded", "false");
    look.hidden = digits.length === 0;
    return make("div", { class: "result-actions" }, copy, this.addButton, look);
  }

  tiles() {
    this.tileBox = make("div", { class: "tiles", hidden: true });
    return this.tileBox;
  }

  /** Show or hide each digit as the model saw it; made when first asked for. */
  lookCloser(button) {
    const { result, tileBox } = this;
    if (!tileBox.firstChild) {
      tileBox.append(...result.numbers.flatMap((number, index) =>
        number.digits.map((digit, place) => this.tile(digit, result.seen[index]?.[place], () => this.select(index, place))),
      ));
    }
    tileBox.hidden = !tileBox.hidden;
    button.setAttribute("aria-expanded", String(!tileBox.hidden));
  }

  tile(digit, seen, onclick) {
    const canvas = make("canvas", { width: 28, height: 28, "aria-hidden": "true" });
    if (seen?.pixels) paintSeen(canvas, seen.pixels);
    const state = digit.value === null ? "refused" : "accepted";
    const label = digit.value ?? `${digit.guess}?`;
    const title = [digit.reason && sentence(digit.reason), "Press to correct it."].filter(Boolean).join(" ");
    return make("button", { type: "button", "data-state": state, title, onclick },
      canvas, make("b", {}, label), make("span", {}, wholePercent(digit.confidence)));
  }

  /** Say below the name how it went. */
  note() {
    const { result, meta } = this;
    if (result.state === "waiting") meta.textContent = "waiting";
    else if (result.state === "reading") meta.textContent = "is being read …";
    else if (result.state === "failed") meta.textContent = "";
    else meta.textContent = noteOn(result);
    this.changed();
  }
}

function noteOn(result) {
  const { width, height, page, rotation } = result.reading;
  return [
    `${width} × ${height}`,
    page > 1 ? `page ${page}` : "",
    emptyNote(result.reading),
    rotation ? `read turned by ${rotation}°` : "",
    result.doubtful ? `${count(result.doubtful, "number")} in doubt` : "",
    result.corrected ? "corrected by you" : "",
  ].filter(Boolean).join(" · ");
}

/** How many fields of a form are empty, among those that its boxes show. */
function emptyNote(reading) {
  const empty = emptyFields(reading).length;
  return empty ? `${count(empty, "field")} empty` : "";
}

function saysOf(number, symbols, correction, boxes) {
  if (correction !== undefined) return correction ? `the model read ${symbols}` : `taken out; the model read ${symbols}`;
  const says = number.accepted ? wholePercent(number.confidence) : number.reason;
  return boxes.includes("_") ? `${says} · in its boxes ${boxes}` : says;
}

/** Drop what is no digit, and keep the caret where it is. */
function onlyDigits(input) {
  const clean = input.value.replace(/[^0-9?]/g, "");
  if (clean === input.value) return;
  const caret = input.selectionStart - (input.value.length - clean.length);
  input.value = clean;
  input.setSelectionRange(caret, caret);
}

let ids = 0;
const unique = () => (ids += 1);
