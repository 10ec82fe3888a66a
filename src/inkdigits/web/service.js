/** The service behind the page: its requests, its errors, and whether it is there at all. */

const POLL_MS = 1500;
const KEY = "inkdigits-key";

/** An answer that is an error; `message` is a sentence for people. */
export class ServiceError extends Error {
  constructor({ status, code, message }, retryAfterS) {
    super(message);
    Object.assign(this, { status, code, retryAfterS });
  }
}

/** No answer: the service was stopped, or broke off. */
export class Away extends Error {}

/** Emits `away` and `back`. */
class Service extends EventTarget {
  constructor() {
    super();
    this.isAway = false;
    this.askForKey = null; // set by the page: shows a dialog, resolves once a key is given
    const key = new URLSearchParams(location.hash.slice(1)).get("key");
    if (key) {
      sessionStorage.setItem(KEY, key);
      history.replaceState(null, "", location.pathname);
    }
  }

  /** Name, version, formats and limits. */
  model() {
    return this.ask("v1/model");
  }

  /** Read `drawing` on a sheet of `width` x `height`; `include` is `seen` or `evidence`. */
  async readDrawing(drawing, { width, height }, include, signal) {
    const sheet = `"width":${Math.round(width)},"height":${Math.round(height)},"pen_width":14`;
    const body = `{"drawing":{${sheet},"strokes":${drawing.toText()}}}`;
    const headers = { "Content-Type": "application/json" };
    const path = `v1/classify?include=${include}`;
    const answer = await this.ask(path, { method: "POST", headers, body, signal });
    return withSeen(answer.results[0]);
  }

  /** Read one image, a file or a blob, with options of the query; the readings of all its pages. */
  async readImage(blob, name, options = {}) {
    const path = `v1/read?${new URLSearchParams({ include: "seen", file: name, ...options })}`;
    const headers = { "Content-Type": blob.type || "application/octet-stream" };
    const answer = await this.ask(path, { method: "POST", headers, body: blob });
    return answer.results.map(withSeen);
  }

  /** One request; the answer, or `ServiceError`, `Away`, or `AbortError`. */
  async ask(path, options = {}) {
    const response = await this.fetch(path, options);
    let answer;
    try {
      answer = await response.json();
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw this.lost();
    }
    this.found();
    if (response.ok) return answer;
    const error = answer.error ?? { status: response.status, code: "unknown", message: `The service answered ${response.status}.` };
    if (error.status === 401 && this.askForKey) {
      const key = await this.askForKey();
      if (key) {
        sessionStorage.setItem(KEY, key);
        return this.ask(path, options);
      }
    }
    throw new ServiceError(error, Number(response.headers.get("Retry-After")) || 0);
  }

  async fetch(path, options) {
    const key = sessionStorage.getItem(KEY);
    const headers = key ? { ...options.headers, Authorization: `Bearer ${key}` } : options.headers;
    try {
      return await fetch(path, { ...options, headers, cache: "no-store" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw this.lost();
    }
  }

  /** Nobody answered: look out for the service until it is back. */
  lost() {
    if (!this.isAway) {
      this.isAway = true;
      this.dispatchEvent(new Event("away"));
      this.poll();
    }
    return new Away("The service does not answer.");
  }

  found() {
    if (!this.isAway) return;
    this.isAway = false;
    clearTimeout(this.timer);
    this.dispatchEvent(new Event("back"));
  }

  poll() {
    this.timer = setTimeout(async () => {
      try {
        const response = await fetch("readyz", { cache: "no-store" });
        if (response.ok) return this.found();
      } catch {
        // Still away.
      }
      if (this.isAway) this.poll();
    }, POLL_MS);
  }

  /** Resolves once the service is there. */
  whenBack() {
    if (!this.isAway) return Promise.resolve();
    return new Promise((resolve) => this.addEventListener("back", resolve, { once: true }));
  }
}

/**
 * The reading apart from what was seen: `reading` as the service gives it, and `seen[i][j]` for the
 * digit j of number i, with pixels unpacked.
 */
function withSeen({ seen = [], ...reading }) {
  const unpack = (text) => (text ? Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) : null);
  return {
    reading,
    seen: seen.map((digits) =>
      digits.map((one) => ({ ...one, pixels: unpack(one.pixels), evidence: unpack(one.evidence) })),
    ),
  };
}

export const service = new Service();
