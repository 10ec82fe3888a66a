/** The view "Camera": the video is read a few times a second, and what is good can be kept. */

import { drawBoxes } from "./boxes.js";
import { announce, byId, make } from "./dom.js";
import { showAnswer } from "./draw.js";
import { Away, ServiceError, service } from "./service.js";
import { noteOn, spoken, stateOfAll, symbolsOf } from "./words.js";

const EVERY_MS = 250;
const LIVE_SIDE_PX = 960; // enough to read a page at arm's length, and quick to send
const WANTED = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 960 } };
const SEEN_NOTHING = "No digit is in the picture.";

const OFF = "The camera is off.";
const HIDDEN = "The camera was stopped because this page was out of sight.";
const UNPLUGGED = "The camera does not send pictures any more. It may have been unplugged or switched off.";
const NO_CAMERAS_HERE =
  "The browser gives cameras only to pages from this machine (http://127.0.0.1) or over https, and this page came another way.";

/** What went wrong, in words, by the name of the browser's error. */
const TROUBLE = {
  NotAllowedError:
    "The camera is not allowed for this page. Allow it with the camera sign near the address, or in the settings of the system, and start again.",
  NotFoundError: "There is no camera. Plug one in and start again.",
  NotReadableError: "The camera is in use by another program, or does not work. Close that program and start again.",
  OverconstrainedError: "The chosen camera is not there any more. Choose another and start again.",
};
TROUBLE.SecurityError = TROUBLE.NotAllowedError;
TROUBLE.AbortError = TROUBLE.NotReadableError;

export class CameraView {
  /** `keep(name, blob, answer)` takes a picture among the results. */
  constructor(keep) {
    this.keep = keep;
    this.kept = 0;
    this.run = 0; // counts starts, so that what belongs to an earlier one is not shown
    const press = (id, action) => byId(id).addEventListener("click", action);
    press("camera-start", () => this.start());
    press("camera-stop", () => this.stop(OFF));
    press("freeze", () => (this.frozen ? this.thaw() : this.freeze()));
    press("camera-keep", () => this.keepPicture());
    byId("camera-list").addEventListener("change", () => this.start());
    document.addEventListener("visibilitychange", () => document.hidden && this.stop(HIDDEN));
    addEventListener("pagehide", () => this.stop(OFF));
  }

  leave() {
    this.stop(OFF);
  }

  async start() {
    this.stop(OFF);
    const run = this.run;
    if (!navigator.mediaDevices?.getUserMedia) return this.explain(NO_CAMERAS_HERE);
    byId("camera-words").textContent = "Waiting for the camera. The browser may ask whether this page may use it.";
    const chosen = byId("camera-list").value;
    const video = chosen ? { ...WANTED, facingMode: undefined, deviceId: { exact: chosen } } : WANTED;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    } catch (error) {
      return this.explain(TROUBLE[error.name] ?? `The camera cannot be used: ${error.message}`);
    }
    // While the browser asked, the user may have gone elsewhere.
    if (run !== this.run || document.hidden) return stream.getTracks().forEach((track) => track.stop());
    await this.show(stream);
    this.watch(this.run);
  }

  async show(stream) {
    this.stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", () => this.stop(UNPLUGGED, true));
    const video = byId("video");
    video.srcObject = stream;
    await video.play().catch(() => {}); // a stop in between is no error
    if (!this.stream) return;
    byId("screen").style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
    this.become("live");
    announce("The camera runs.");
    this.listCameras();
  }

  /** Offer the choice where there is one; names are known only once a camera was allowed. */
  async listCameras() {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    const used = this.stream?.getVideoTracks()[0].getSettings().deviceId;
    byId("camera-list").replaceChildren(
      ...cameras.map((camera, i) => make("option", { value: camera.deviceId, selected: camera.deviceId === used }, camera.label || `Camera ${i + 1}`)),
    );
    byId("camera-choice").hidden = cameras.length < 2;
  }

  /** Switch the camera off, and say why. */
  stop(words, trouble = false) {
    this.run += 1;
    if (!this.stream && !trouble) return;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    byId("video").srcObject = null;
    if (trouble) this.explain(words);
    else {
      this.become("off");
      byId("camera-words").textContent = words;
    }
  }

  explain(words) {
    this.become("trouble");
    byId("camera-words").textContent = words;
    announce(words);
  }

  /** `off`, `trouble`, `live` or `frozen`. */
  become(state) {
    this.state = state;
    const running = state === "live" || state === "frozen";
    byId("stage").dataset.state = state;
    byId("screen-off").hidden = running;
    byId("still").hidden = state !== "frozen";
    byId("video").hidden = state !== "live";
    for (const id of ["freeze", "camera-keep", "camera-stop"]) byId(id).disabled = !running;
    byId("freeze").setAttribute("aria-pressed", String(state === "frozen"));
    byId("freeze").querySelector("span").textContent = state === "frozen" ? "Go on" : "Freeze";
    byId("freeze").querySelector("use").setAttribute("href", state === "frozen" ? "#i-play" : "#i-freeze");
    if (!running) this.showReading(null, "Nothing is seen yet.");
  }

  get frozen() {
    return this.state === "frozen";
  }

  /** Read the video until this run ends: one request at a time. */
  async watch(run) {
    while (run === this.run && this.stream) {
      const began = performance.now();
      if (this.state === "live" && !service.isAway) await this.readFrame(run);
      await new Promise((resolve) => setTimeout(resolve, Math.max(40, EVERY_MS - (performance.now() - began))));
    }
  }

  async readFrame(run) {
    const picture = await this.grab(LIVE_SIDE_PX);
    const answer = picture && (await this.read(picture));
    if (answer && run === this.run && this.state === "live") this.showReading(answer.reading, SEEN_NOTHING);
  }

  /** The picture of now as a JPEG, its long side at most `side`; null before the first. */
  async grab(side = Infinity) {
    const video = byId("video");
    if (!video.videoWidth) return null;
    const scale = Math.min(1, side / Math.max(video.videoWidth, video.videoHeight));
    const canvas = new OffscreenCanvas(Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale));
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  }

  async read(picture) {
    try {
      return (await service.readImage(picture, ""))[0];
    } catch (error) {
      if (error instanceof Away) return null;
      if (!(error instanceof ServiceError)) throw error;
      byId("camera-note").textContent = error.message;
      return null;
    }
  }

  /** Hold the picture of now, in full size. */
  async freeze() {
    const run = this.run;
    const picture = await this.grab();
    if (!picture || run !== this.run) return;
    const bitmap = await createImageBitmap(picture);
    const still = byId("still");
    [still.width, still.height] = [bitmap.width, bitmap.height];
    still.getContext("2d").drawImage(bitmap, 0, 0);
    this.become("frozen");
    this.picture = picture;
    const answer = await this.read(picture);
    if (!answer || run !== this.run || !this.frozen) return;
    this.showReading(answer.reading, SEEN_NOTHING);
    announce(`Frozen. ${spoken(answer.reading.numbers, SEEN_NOTHING)}`);
  }

  thaw() {
    this.become("live");
    announce("The camera goes on.");
  }

  async keepPicture() {
    const picture = this.frozen ? this.picture : await this.grab();
    const answer = picture && (await this.read(picture));
    if (!answer) return;
    this.kept += 1;
    const name = `camera ${this.kept}`;
    answer.reading.file = name;
    this.keep(name, picture, answer);
    announce(`Kept ${name}: ${answer.reading.text || "no digits"}.`);
  }

  showReading(reading, blank) {
    const numbers = reading?.numbers ?? [];
    byId("camera-answer").dataset.state = stateOfAll(numbers);
    showAnswer(byId("camera-text"), numbers);
    byId("camera-note").textContent = noteOn(numbers, blank);
    drawBoxes(byId("video-boxes"), reading ?? { width: 4, height: 3 }, numbers, { texts: numbers.map(symbolsOf) });
  }
}
