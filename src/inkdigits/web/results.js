/** The results: what was read, what the user corrected, and the list that shows both. */

import { Card } from "./card.js";
import { announce, byId, copyText } from "./dom.js";
import { asCsv, asJson, download } from "./export.js";
import { count, symbolsOf } from "./words.js";

/**
 * One page of an image. It is `waiting`, `reading`, `done` or `failed` (with `problem`, a
 * sentence). `url` shows the image where the browser can; `shown` says if it can. `corrections`
 * maps places of numbers to what the user typed instead, `added` are numbers that were missed.
 */
export class Result {
  constructor(name, blob) {
    this.name = name;
    this.blob = blob;
    this.url = blob ? URL.createObjectURL(blob) : null;
    this.state = "waiting";
    this.problem = "";
    this.corrections = new Map();
    this.added = [];
  }

  get numbers() { return this.reading?.numbers ?? []; }

  /** What is taken for the number at `index`: the digits of the model, or of the user. */
  textOf(index) {
    return this.corrections.get(index) ?? this.numbers[index].text;
  }

  /** Take what was typed for the number at `index`: digits, and `?` for what stays unclear. */
  correct(index, typed) {
    if (typed === symbolsOf(this.numbers[index])) this.corrections.delete(index);
    else this.corrections.set(index, typed.replaceAll("?", ""));
  }

  get corrected() {
    return this.corrections.size > 0 || this.added.some(Boolean);
  }

  /** The text with the corrections: numbers of a line apart by a space, a line for a line. */
  get text() {
    const lines = new Map();
    this.numbers.forEach((number, index) => {
      lines.set(number.line, [...(lines.get(number.line) ?? []), this.textOf(index)]);
    });
    return [...lines.values(), this.added]
      .map((line) => line.filter(Boolean).join(" "))
      .filter(Boolean)
      .join("\n");
  }

  /** How many numbers nobody vouches for: refused by the model, and not corrected. */
  get doubtful() {
    return this.numbers.filter((number, index) => !number.accepted && !this.corrections.has(index)).length;
  }
}

/** The list on the page. */
export class Results {
  constructor() {
    this.all = [];
    this.cards = new Map();
    const press = (id, action) => byId(id).addEventListener("click", action);
    press("copy-all", (event) => copyText(this.texts(), event.currentTarget));
    press("export-csv", () => download("inkdigits.csv", "text/csv", asCsv(this.done)));
    press("export-json", () => download("inkdigits.json", "application/json", asJson(this.done)));
    press("remove-all", () => this.removeAll());
  }

  get done() {
    return this.all.filter((result) => result.state === "done");
  }

  /** Add results on top of the list. */
  add(results) {
    this.all = [...results, ...this.all];
    byId("list").prepend(...results.map((result) => this.card(result)));
    this.count();
  }

  /** Put the other pages of a file below its first. */
  addAfter(first, results) {
    const place = this.all.indexOf(first) + 1;
    this.all = [...this.all.slice(0, place), ...results, ...this.all.slice(place)];
    this.cards.get(first).element.after(...results.map((result) => this.card(result)));
  }

  card(result) {
    const card = new Card(result, { changed: () => this.count(), remove: () => this.remove(result) });
    this.cards.set(result, card);
    return card.element;
  }

  /** Show a result as it is now. */
  update(result) {
    this.cards.get(result)?.show();
    this.count();
  }

  has(result) {
    return this.cards.has(result);
  }

  remove(result) {
    const next = this.cards.get(result).element.nextElementSibling ?? this.cards.get(result).element.previousElementSibling;
    this.drop(result);
    this.count();
    announce(`Removed ${result.name}.`);
    // The focus must not fall back to the top of the page with the card that had it.
    (next?.querySelector(".remove") ?? byId("main")).focus({ preventScroll: true });
  }

  removeAll() {
    for (const result of [...this.all]) this.drop(result);
    this.count();
    announce("All results are removed.");
    byId("main").focus({ preventScroll: true });
  }

  drop(result) {
    this.all = this.all.filter((each) => each !== result);
    this.cards.get(result).element.remove();
    this.cards.delete(result);
    if (result.url && !this.all.some((each) => each.url === result.url)) URL.revokeObjectURL(result.url);
  }

  count() {
    const { done } = this;
    byId("results").hidden = this.all.length === 0;
    const doubtful = done.reduce((sum, result) => sum + result.doubtful, 0);
    const failed = this.all.filter((result) => result.state === "failed").length;
    byId("results-sum").textContent = [
      count(done.length, "page"),
      doubtful ? `${count(doubtful, "number")} in doubt` : "",
      failed ? `${count(failed, "file")} not read` : "",
    ].filter(Boolean).join(" · ");
    for (const id of ["copy-all", "export-csv", "export-json"]) byId(id).disabled = done.length === 0;
  }

  texts() {
    return this.done.map((result) => result.text).filter(Boolean).join("\n");
  }
}
