/** The view "Upload": files come by drop, paste, picker or a phone's camera, and are read in turn. */

import { announce, byId } from "./dom.js";
import { Result } from "./results.js";
import { Away, ServiceError, service } from "./service.js";
import { count, megabytes } from "./words.js";

const AT_ONCE = 2;
const TRIES = 3;
const WAIT_MS = 500;

export class UploadView {
  /** `open()` brings this view to the front: files may be dropped and pasted on any. */
  constructor(results, open) {
    this.results = results;
    this.open = open;
    this.waiting = [];
    this.total = 0;
    this.finished = 0;
    this.failed = 0;
    this.busy = 0;
    this.limits = null;
    this.listen();
  }

  listen() {
    for (const id of ["files", "capture"]) {
      byId(id).addEventListener("change", ({ target }) => {
        this.take([...target.files]);
        target.value = ""; // so that the same file can be chosen again
      });
      byId(id).addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault(); // it looks like a button, so Enter opens it as Space does
        event.target.click();
      });
    }
    document.addEventListener("paste", (event) => this.pasted(event));
    document.addEventListener("dragover", (event) => this.dragged(event));
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) byId("drop-veil").hidden = true;
    });
    document.addEventListener("drop", (event) => this.dropped(event));
    byId("queue-stop").addEventListener("click", () => this.stop());
  }

  /** What the service takes, once it is known. */
  setLimits({ limits, formats }) {
    this.limits = limits;
    byId("limits").textContent = `${formats.join(", ")}, up to ${megabytes(limits.max_bytes)} each`;
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) {
      event.preventDefault();
      this.take(files.map((file, i) => (file.name === "image.png" ? renamed(file, `pasted ${this.total + i + 1}`) : file)));
    } else if (!event.target.closest?.("input, textarea")) {
      announce("There is no image on the clipboard.");
    }
  }

  dragged(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    byId("drop-veil").hidden = false;
  }

  async dropped(event) {
    byId("drop-veil").hidden = true;
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.take(await filesIn(event.dataTransfer));
  }

  /** Read `files`, each as a result of its own. */
  take(files) {
    if (files.length === 0) return;
    this.open();
    const asked = whatIsAsked();
    const results = files.map((file) => Object.assign(new Result(file.name, file), { asked }));
    this.results.add(results);
    this.waiting.push(...results);
    this.total += results.length;
    announce(`${count(results.length, "image")} to read.`);
    this.showProgress();
    for (let free = AT_ONCE - this.busy; free > 0 && this.waiting.length; free -= 1) this.work();
  }

  async work() {
    this.busy += 1;
    while (this.waiting.length) {
      const result = this.waiting.shift();
      if (this.results.has(result)) await this.read(result);
      this.finished += 1;
      this.showProgress();
    }
    this.busy -= 1;
    if (this.busy === 0) this.finish();
  }

  async read(result) {
    result.state = "reading";
    this.results.update(result);
    try {
      this.check(result.blob);
      const answers = await this.ask(result);
      const pages = answers.map((answer, i) => Object.assign(i ? pageOf(result) : result, answer, { state: "done" }));
      if (pages.length > 1 && this.results.has(result)) this.results.addAfter(result, pages.slice(1));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      result.state = "failed";
      result.problem = error.message;
      this.failed += 1;
    }
    this.results.update(result);
  }

  /** Files that are too large are not even sent: nobody would wait for that. */
  check(blob) {
    if (!this.limits || blob.size <= this.limits.max_bytes) return;
    const message = `The file has ${megabytes(blob.size)}, more than the ${megabytes(this.limits.max_bytes)} that are read: make it smaller.`;
    throw new ServiceError({ status: 413, code: "too_large", message }, 0);
  }

  /** The readings of a file; where the service is away or busy, it is asked again. */
  async ask(result) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await service.readImage(result.blob, result.name, result.asked);
      } catch (error) {
        if (error instanceof Away && attempt < TRIES) await service.whenBack();
        else if (error instanceof Away) throw brokenOff();
        else if (error instanceof ServiceError && error.retryAfterS) await pause(1000 * error.retryAfterS);
        else throw error;
      }
    }
  }

  stop() {
    for (const result of this.waiting.splice(0)) {
      this.finished += 1;
      if (this.results.has(result)) this.results.drop(result);
    }
    this.results.count();
    this.showProgress();
    announce("Stopped. What was not read yet is off the list.");
  }

  showProgress() {
    byId("queue").hidden = this.total < 2 || this.finished >= this.total;
    byId("queue-text").textContent = `${this.finished} of ${this.total} read`;
    byId("queue-progress").max = this.total;
    byId("queue-progress").value = this.finished;
  }

  finish() {
    const failed = this.failed ? `, ${this.failed} could not be` : "";
    announce(`${count(this.finished - this.failed, "image")} read${failed}.`);
    this.total = this.finished = this.failed = 0;
  }
}

/** The options that are filled in, by their names in the query of the service. */
function whatIsAsked() {
  const fields = [...byId("asked").querySelectorAll("input, select")];
  return Object.fromEntries(fields.map(({ name, value }) => [name, value.trim()]).filter(([, value]) => value));
}

function pageOf(result) {
  const page = new Result(result.name, null);
  page.url = result.url;
  return page;
}

const brokenOff = () =>
  new ServiceError({ status: 0, code: "broken_off", message: "The service broke off while it read this file: try it alone." }, 0);

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(ms, WAIT_MS)));
const renamed = (file, name) => new File([file], name, { type: file.type });

const natural = new Intl.Collator(undefined, { numeric: true });

/** The files of a drop, those in folders too, in natural order of their names. */
async function filesIn(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return [...transfer.files];
  const files = (await Promise.all(entries.map(filesOf))).flat();
  return files.filter((file) => !file.name.startsWith(".")).sort((a, b) => natural.compare(a.name, b.name));
}

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    found.push(...some);
  }
  return (await Promise.all(found.map(filesOf))).flat();
}
