/** Small helpers for elements. */

const SVG = "http://www.w3.org/2000/svg";

/** The element of that id, which the page has. */
export const byId = (id) => document.getElementById(id);

/** An HTML element; `settings` are attributes, or listeners where the name is `on…`. */
export function make(tag, settings = {}, ...children) {
  return dress(document.createElement(tag), settings, children);
}

/** An SVG element, the same way. */
export function makeSvg(tag, settings = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), settings, children);
}

/** An icon of the page's sprite. */
export const icon = (name) => makeSvg("svg", {}, makeSvg("use", { href: `#i-${name}` }));

/** A button with an icon and a text; without the text its `label` is what is announced. */
export function iconButton(name, text, onclick, label) {
  const words = text ? [make("span", {}, text)] : [];
  const named = label ? { "aria-label": label, title: label } : {};
  return make("button", { type: "button", class: "quiet", onclick, ...named }, icon(name), ...words);
}

function dress(element, settings, children) {
  for (const [name, value] of Object.entries(settings)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

let queued = 0;

/** Say something to screen readers once they pause; what is said sooner again replaces it. */
export function announce(text, afterMs = 0) {
  clearTimeout(queued);
  queued = setTimeout(() => {
    const live = byId("live");
    // The same words twice are two events to the user, but none to a screen reader.
    live.textContent = live.textContent === text ? `${text}\u00a0` : text;
  }, afterMs);
}

/** Put `text` on the clipboard, and say so on `button` for a moment. */
export async function copyText(text, button) {
  const words = button.querySelector("span");
  const usual = button.dataset.usual ?? words.textContent;
  button.dataset.usual = usual;
  try {
    await navigator.clipboard.writeText(text);
    words.textContent = "Copied";
    announce("Copied to the clipboard.");
  } catch {
    words.textContent = "Not allowed";
    announce("The browser does not allow copying here.");
  }
  setTimeout(() => { words.textContent = usual; }, 1600);
}
