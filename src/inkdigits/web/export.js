/** Results as files: CSV with the columns of `inkdigits read`, and JSON with its objects. */

import { make } from "./dom.js";
import { boxesOf, emptyFields } from "./words.js";

const BLANK_FIELD = "blank: nothing is written in it";

const COLUMNS = [
  "file", "page", "line", "number", "text", "confidence", "accepted", "reason",
  "left", "top", "right", "bottom", "boxes", "corrected",
];

/**
 * A row a number, and a row for each field of boxes that is empty. `text` is what the model said; `corrected` is what the user made of it, and empty
 * where nothing was changed (a number taken out altogether is `-`). Numbers that the user added have
 * no box, no confidence and no text.
 */
export function asCsv(results) {
  const rows = results.flatMap(({ reading, corrections, added }) => [
    ...reading.numbers.map((number, index) => [
      reading.file, reading.page, number.line, index, number.text,
      number.confidence, number.accepted, number.reason, ...number.box, boxesOf(reading, index),
      corrections.has(index) ? corrections.get(index) || "-" : "",
    ]),
    ...emptyFields(reading).map(([box, boxes]) => [
      reading.file, reading.page, "", "", "", "", "", BLANK_FIELD, ...box, boxes, "",
    ]),
    ...added.filter(Boolean).map((text, place) => [
      reading.file, reading.page, "", reading.numbers.length + place, "", "", "", "", "", "", "", "", "", text,
    ]),
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(field).join(",")}\n`).join("");
}

function field(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A list with one object a page, a line each, as the service gave it. Where the user changed
 * something, `corrected_text` is the page's text with the corrections, each changed number has
 * `corrected`, and `added` lists what was missed.
 */
export function asJson(results) {
  const lines = results.map((result) => JSON.stringify(corrected(result)));
  return `[\n${lines.join(",\n")}\n]\n`;
}

function corrected({ reading, corrections, added, text, corrected: changed }) {
  if (!changed) return reading;
  const numbers = reading.numbers.map((number, index) =>
    corrections.has(index) ? { ...number, corrected: corrections.get(index) } : number,
  );
  const more = added.filter(Boolean);
  return { ...reading, numbers, ...(more.length ? { added: more } : {}), corrected_text: text };
}

/** Have the browser save `text` as a file. */
export function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
