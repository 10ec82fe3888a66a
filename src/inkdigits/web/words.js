/** What a reading says, in words. */

/** A probability as `98.7 %`: rounded down, so that nothing less than certain is shown as 100 %. */
export function percent(share) {
  if (share >= 0.9995) return share >= 1 ? "100 %" : "99.9 %";
  const tenths = Math.floor(share * 1000 + 1e-9) / 10;
  return tenths === 0 ? (share > 0 ? "< 0.1 %" : "0 %") : `${tenths.toFixed(1)} %`;
}

/** Whole percents, rounded down. */
export const wholePercent = (share) => `${Math.floor(share * 100 + 1e-9)} %`;

/** The digits of a number, with `?` for each that is refused. */
export const symbolsOf = (number) => number.digits.map((digit) => digit.value ?? "?").join("");

/** `accepted`, `doubtful` (refused in part) or `refused` (as a whole). */
export const stateOf = (number) => (number.accepted ? "accepted" : number.text ? "doubtful" : "refused");

/** The state of several numbers together: the worst, or `blank` if there are none. */
export function stateOfAll(numbers) {
  if (numbers.length === 0) return "blank";
  if (numbers.every((number) => number.accepted)) return "accepted";
  return numbers.some((number) => number.text) ? "doubtful" : "refused";
}

/** Numbers grouped by their line on the page, as `[[index, number], …]` a line. */
export function byLine(numbers) {
  const lines = new Map();
  numbers.forEach((number, index) => {
    if (!lines.has(number.line)) lines.set(number.line, []);
    lines.get(number.line).push([index, number]);
  });
  return [...lines.values()];
}

/** A sentence on how sure the reader is, and why not where it is not. */
export function noteOn(numbers, blank) {
  if (numbers.length === 0) return blank;
  const sure = wholePercent(numbers.reduce((product, number) => product * number.confidence, 1));
  const reasons = [...new Set(numbers.map((number) => number.reason).filter(Boolean))];
  if (reasons.length === 0) return `${sure} sure`;
  const doubts = sentence(reasons.join("; "));
  return numbers.some((number) => number.text) ? `In doubt. ${doubts}` : doubts;
}

/** How a number stands in printed boxes for a digit each: `507__`; nothing where it is in none. */
export const boxesOf = (reading, index) =>
  reading.box_rows
    .filter((row) => row.each === "digit" && row.numbers.includes(index))
    .map(inBoxes)
    .join(" ");

/** Where printed boxes ask for an answer and nothing is written, as `[box, "___"]`. */
export const emptyFields = (reading) =>
  reading.box_rows.flatMap((row) => {
    if (row.each === "number") return row.boxes.filter((_, place) => row.values[place] === "").map((box) => [box, ""]);
    return row.values.every((value) => value === "") ? [[row.box, inBoxes(row)]] : [];
  });

const inBoxes = (row) => row.values.map((value) => (value === null ? "?" : value || "_")).join("");

/** `not a digit` as `Not a digit.` */
export const sentence = (words) => `${words[0].toUpperCase()}${words.slice(1)}${words.endsWith(".") ? "" : "."}`;

/** What a screen reader says of an answer: digits one by one, or `1986` becomes a year. */
export function spoken(numbers, blank) {
  const digits = numbers.map((number) => [...symbolsOf(number)].map((c) => (c === "?" ? "unclear" : c)).join(" "));
  const read = numbers.some((number) => number.text) ? `Reads ${digits.join(", ")}. ` : "";
  return read + noteOn(numbers, blank);
}

/** `1 image`, `2 images`. */
export const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

/** A file size in words. */
export const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;
