/** The colours of the theme, for what is painted on a canvas. */

const dark = matchMedia("(prefers-color-scheme: dark)");
let known = new Map();

/** Call `repaint` whenever the theme changes. */
export function onThemeChange(repaint) {
  dark.addEventListener("change", repaint);
}

// First of all listeners, and colours are kept: asking the browser costs a layout each time.
onThemeChange(() => { known = new Map(); });

/** The colour of a custom property of the page, `#rrggbb`. */
export function colour(name) {
  if (!known.has(name)) known.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return known.get(name);
}

/** The same as red, green and blue, 0 to 255. */
export const rgb = (name) => [1, 3, 5].map((at) => parseInt(colour(name).slice(at, at + 2), 16));
