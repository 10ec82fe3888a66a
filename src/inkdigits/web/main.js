/** The page: its three views, the list of results below them, and the service behind. */

import { CameraView } from "./camera.js";
import { announce, byId } from "./dom.js";
import { DrawView } from "./draw.js";
import { Result, Results } from "./results.js";
import { service } from "./service.js";
import { UploadView } from "./upload.js";

const VIEWS = { draw: "Draw", upload: "Upload", camera: "Camera" };

const results = new Results();
const draw = new DrawView(keep);
const camera = new CameraView(keep);
const upload = new UploadView(results, () => open("upload"));

/** Take a drawing or a picture of the camera on top of the list. */
function keep(name, blob, answer) {
  answer.reading.file = name;
  results.add([Object.assign(new Result(name, blob), answer, { state: "done" })]);
}

let shown = "";

/** Show the view that the address names; any other address is a place on the page. */
function route() {
  const name = location.hash.slice(1);
  if (name in VIEWS || !shown) open(name in VIEWS ? name : "draw");
  const place = name && byId(name);
  if (place instanceof HTMLDetailsElement) place.open = true;
}

function open(name) {
  if (name === shown) return;
  if (shown === "camera") camera.leave();
  const first = !shown;
  shown = name;
  for (const view of Object.keys(VIEWS)) byId(`view-${view}`).hidden = view !== name;
  for (const link of document.querySelectorAll(".tabs a")) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${VIEWS[name]} · inkdigits`;
  if (location.hash !== `#${name}` && !first) history.pushState(null, "", `#${name}`);
  scrollTo(0, 0);
  if (name === "draw") draw.pad.fit();
  if (!first) announce(`${VIEWS[name]}.`);
}

addEventListener("hashchange", route);
addEventListener("popstate", route);
route();

service.addEventListener("away", () => { byId("away").hidden = false; });
service.addEventListener("back", () => {
  byId("away").hidden = true;
  announce("The service is back.");
  describe();
});

service.askForKey = () => new Promise((resolve) => {
  const dialog = byId("key-dialog");
  dialog.addEventListener("close", () => resolve(byId("key").value), { once: true });
  if (!dialog.open) dialog.showModal();
});

/** Say which model reads, and what may be uploaded. */
async function describe() {
  try {
    const model = await service.model();
    upload.setLimits(model);
    byId("about").textContent = `inkdigits ${model.inkdigits}, model ${model.title}. Everything stays on this machine.`;
  } catch {
    // The banner says that the service is away, and `back` asks again.
  }
}
describe();
