// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// A form whose files are judged in this browser, on the site and in the saved page.

import { Engine, Progress, Screens, save } from "./engine.js";

// Judging has the form, the words, and what differs: worker() makes a worker, load() is
// what it is started with, draw(report) shows a report, refused(code) may offer another
// way when the browser cannot judge.
export class Judging {
  constructor({ form, root, say, worker, load, draw, refused }) {
    Object.assign(this, { form, root, say, worker, load, draw, refused });
    this.screens = new Screens(root);
    this.progress = new Progress(root.querySelector("#verify-progress"), (n) => this.say("js.percent", { n }));
    this.input = form.files;
    this.input.addEventListener("change", () => {
      const list = form.querySelector("[data-chosen]");
      list.replaceChildren(...[...this.input.files].map((f) => Object.assign(document.createElement("li"), { textContent: f.name })));
      this.start().catch(() => {}); // while the person goes on; told when it is needed
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      delete form.dataset.sent;
      this.run();
    });
  }

  // start loads the module once.
  start() {
    if (!this.loading) {
      this.engine = new Engine(this.worker());
      this.loading = this.load().then((setup) => this.engine.call("load", setup));
      this.loading.catch(() => (this.loading = undefined));
    }
    return this.loading;
  }

  // files are those chosen, and the text that was pasted.
  files() {
    const files = [...this.input.files].map((blob) => ({ name: blob.name, blob }));
    const text = this.form.text?.value.trim();
    if (text) files.push({ name: this.say("verify.pasted"), blob: new Blob([text]) });
    return files;
  }

  stage(name) {
    clearTimeout(this.slow);
    const cancel = () => {
      this.engine.end();
      this.loading = undefined;
    };
    if (name === "robot") {
      this.slow = setTimeout(() => this.progress.stage(this.say("js.robot"), cancel), 2000);
      return;
    }
    this.progress.stage(this.say("js.stage." + name), cancel);
  }

  // run judges the files of the form, or those given.
  async run(files = this.files()) {
    if (files.length === 0) return this.screens.fail(this.say("verify.none"));
    if (files.length > 2) return this.screens.fail(this.say("verify.many"));
    this.screens.error.hidden = true;
    let started = false;
    try {
      this.stage("load");
      await this.start();
      started = true;
      const proof = this.proof?.();
      const report = await this.engine.watched("check", { files, proof }, (s) => this.stage(s), (done, of) => this.progress.to(done, of));
      this.progress.hide();
      this.draw({ ...report, again: () => this.run(files) });
    } catch (error) {
      this.fail(error, started);
    } finally {
      clearTimeout(this.slow);
    }
  }

  fail(error, started) {
    this.progress.hide();
    const texts = {
      large: "verify.too_large", no_signature: "verify.no_signature", file: "js.file_changed", cancelled: "js.cancelled", code: "guard.needed",
      network: "js.network",
    };
    const text = this.say(texts[error.message] ?? "js.internal", { limit: this.form.dataset.limit });
    this.refused?.(!started || !texts[error.message], error.message);
    this.screens.fail(text);
  }
}

// show puts a report in the place of the form, with what may be done with it.
export function show(root, report, after, say, send) {
  const drawn = document.createElement("template");
  drawn.innerHTML = report.html;
  if (report.unreachable) {
    const note = Object.assign(document.createElement("div"), { className: "alert alert-warn" });
    note.append(Object.assign(document.createElement("p"), { textContent: say("verify.unreachable") }));
    drawn.content.querySelector(".verdict")?.after(note);
  }
  const actions = after.content.cloneNode(true);
  const json = actions.querySelector("[data-json]");
  json?.addEventListener("click", () => save(new TextEncoder().encode(report.json), "report.json", "application/json"));
  // What could not be found out now may be found out later (CERTIFICATE_NOT_CHECKED, TRY_LATER).
  const retry = actions.querySelector("[data-retry]");
  retry.hidden = !report.unreachable && !/"(CERTIFICATE_NOT_CHECKED|TRY_LATER)"/.test(report.json);
  const form = [...root.childNodes];
  retry.addEventListener("click", () => {
    root.replaceChildren(...form);
    report.again();
  });
  actions.querySelector("[data-server-go]")?.addEventListener("click", send);
  root.replaceChildren(drawn.content, actions);
  copies(root);
  document.title = report.title + " — " + say("brand");
  root.querySelector("h1")?.focus();
  scrollTo(0, 0);
}

// copies makes the copy buttons of what was drawn later work.
export function copies(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.firstChild.textContent = button.dataset.said;
      const live = root.querySelector("[data-copied]");
      if (live) live.textContent = button.dataset.said;
    });
  }
}
