/** Boxes over a drawing, an image or the video: an SVG in the pixels of what was read. */

import { makeSvg } from "./dom.js";
import { stateOf } from "./words.js";

const TAG_OF_PAGE = 1 / 30; // height of a label, as a share of the page's mean side

/**
 * Draw the boxes of `numbers` into `svg`. `page` is `{width, height}`; `texts` are labels, one a
 * number, or nothing; `states` one a number where they differ from the reading; `chosen` is
 * `[number, digit]`; `pick(number, digit)` makes the boxes answer a click.
 */
export function drawBoxes(svg, page, numbers, { texts = [], states = [], chosen, pick } = {}) {
  svg.setAttribute("viewBox", `0 0 ${page.width} ${page.height}`);
  svg.replaceChildren(
    ...numbers.flatMap((number, index) => {
      const state = states[index] ?? stateOf(number);
      const digits = number.digits.map((digit, place) => {
        const own = state === "corrected" ? state : digit.value === null ? "refused" : "accepted";
        const group = frame(digit.box, own, chosen?.[0] === index && chosen[1] === place);
        if (pick) group.addEventListener("click", () => pick(index, place));
        return group;
      });
      return texts[index] ? [...digits, tag(number.box, texts[index], state, page)] : digits;
    }),
  );
}

function frame([left, top, right, bottom], state, chosen) {
  const place = { x: left, y: top, width: right - left, height: bottom - top };
  return makeSvg(
    "g",
    { "data-state": state, class: chosen ? "chosen" : "" },
    makeSvg("rect", { class: "casing", ...place }),
    makeSvg("rect", { class: "frame", ...place }),
  );
}

/** A label above the box, or below where there is no room above. */
function tag([left, top, , bottom], text, state, page) {
  const size = Math.sqrt(page.width * page.height) * TAG_OF_PAGE;
  const width = (text.length * 0.58 + 0.7) * size;
  const height = 1.35 * size;
  const x = Math.max(0, Math.min(left, page.width - width));
  const above = top - height - 0.25 * size;
  const y = above >= 0 ? above : Math.min(bottom + 0.25 * size, page.height - height);
  const words = makeSvg("text", { x: x + 0.35 * size, y: y + 1.02 * size, "font-size": size });
  words.textContent = text;
  return makeSvg("g", { "data-state": state }, makeSvg("rect", { class: "tag", x, y, width, height, rx: 0.25 * size }), words);
}
