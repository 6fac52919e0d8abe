// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The page's side of the worker: calls as promises. Keys are numbers here; the
// module in the worker holds them.

export class Engine {
  #worker;
  #waiting = new Map();
  #next = 1;

  constructor(worker = new Worker("/static/worker.js")) {
    this.#worker = worker;
    this.#worker.onmessage = ({ data }) => {
      if (data.failed) return this.#fail();
      const call = this.#waiting.get(data.id);
      if (!call) return;
      if (data.done !== undefined) return call.progress?.(data.done, data.of);
      if (data.stage) return call.stage?.(data.stage);
      this.#waiting.delete(data.id);
      data.error ? call.reject(new Error(data.error)) : call.resolve(data.result);
    };
    this.#worker.onerror = () => this.#fail();
  }

  #fail() {
    for (const call of this.#waiting.values()) call.reject(new Error("internal"));
    this.#waiting.clear();
  }

  call(name, ...args) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call: name, args });
    });
  }

  // watched is a call whose stages are told to stage(name), its parts to progress(done,
  // of).
  watched(name, argument, stage, progress) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject, stage, progress });
      this.#worker.postMessage({ id, call: name, args: [argument] });
    });
  }

  // holding lets an open key do something, and forgets it whatever comes of that.
  async holding(key, act) {
    try {
      return await act();
    } finally {
      await this.call("forget", key).catch(() => {}); // a worker that has ended holds none
    }
  }

  // end ends the worker and what it does.
  end() {
    this.#worker.terminate();
    for (const call of this.#waiting.values()) call.reject(new Error("cancelled"));
    this.#waiting.clear();
  }

  // digests computes digests of a file; progress(done, of) is told, and the
  // signal ends the work.
  digests(file, names, progress, signal) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject, progress });
      signal?.addEventListener("abort", () => this.#worker.postMessage({ id: 0, call: "cancel", args: [id] }));
      this.#worker.postMessage({ id, call: "digests", args: [file, names] });
    });
  }
}

// words are the texts of the page for its scripts.
export function words(name) {
  const texts = JSON.parse(document.getElementById("words-" + name).textContent);
  return (key, values = {}) => (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, k) => values[k] ?? "");
}

// Screens shows one section of a page at a time, with its heading focused and
// its title in the window.
export class Screens {
  constructor(root) {
    this.root = root;
    this.error = root.querySelector("[data-error]");
  }

  show(name) {
    this.error.hidden = true;
    for (const s of this.root.querySelectorAll("[data-screen]")) {
      s.hidden = s.dataset.screen !== name;
      if (!s.hidden) {
        document.title = s.dataset.title + " — " + document.title.split(" — ").at(-1);
        s.querySelector("h1")?.focus();
        scrollTo(0, 0);
      }
    }
  }

  fail(text) {
    this.error.querySelector("[data-error-text]").textContent = text;
    this.error.hidden = false;
    this.error.focus();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }
}

// Progress is the bar of long work: a stage in words, percents, and quiet
// announcements at every quarter.
export class Progress {
  constructor(element, percent) {
    this.element = element;
    this.percent = percent;
    this.bar = element.querySelector("progress");
    this.quarter = -1;
  }

  stage(text, cancel) {
    this.element.hidden = false;
    this.element.querySelector("[data-stage]").textContent = text;
    this.element.querySelector("[data-live]").textContent = text;
    const button = this.element.querySelector("[data-cancel]");
    button.hidden = !cancel;
    button.onclick = cancel ?? null;
    this.to(0, 0);
  }

  to(done, of) {
    if (of === 0) {
      this.bar.removeAttribute("value");
      this.element.querySelector("[data-percent]").textContent = "";
      return;
    }
    const n = Math.floor((100 * done) / of);
    this.bar.value = n;
    this.element.querySelector("[data-percent]").textContent = this.percent(n);
    if (Math.floor(n / 25) !== this.quarter) {
      this.quarter = Math.floor(n / 25);
      this.element.querySelector("[data-live]").textContent = this.percent(n);
    }
  }

  hide() {
    this.element.hidden = true;
  }
}

export const toBase64 = (octets) => btoa(Array.from(octets, (o) => String.fromCharCode(o)).join(""));
export const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
export const toHex = (octets) => Array.from(octets, (o) => o.toString(16).padStart(2, "0")).join("");

// save lets the browser save octets as a file.
export function save(octets, name, type = "application/octet-stream") {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(new Blob([octets], { type }));
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(a.href), 60000);
}
