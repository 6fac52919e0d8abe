// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Checking a signature: when the document and its signature are two files, the
// document is hashed here and only the signature and the digests are sent.

import { Engine, Progress, Screens, toHex, words } from "./engine.js";

const form = document.querySelector("[data-verify]");
if (form) {
  const say = words("verify");
  const root = document.getElementById("main");
  const screens = new Screens(root);
  const progress = new Progress(document.getElementById("verify-progress"), (n) => say("js.percent", { n }));
  const input = form.files;
  let engine;

  const maxSignature = 32 << 20;

  // classify finds the signature among the files, by content.
  async function classify(files) {
    for (const file of files) {
      if (file.size > maxSignature) continue;
      const found = await engine.call("hashesOf", new Uint8Array(await file.arrayBuffer())).catch(() => null);
      // No hash that is computed here, such as that of before 2020: the server hashes the document.
      if (found?.detached && found.hashes.length) return { signature: file, hashes: found.hashes, document: files.find((f) => f !== file) };
    }
    return null;
  }

  input.addEventListener("change", () => {
    const list = form.querySelector("[data-chosen]");
    list.replaceChildren(...[...input.files].map((f) => Object.assign(document.createElement("li"), { textContent: f.name })));
  });

  form.addEventListener("submit", async (event) => {
    const files = [...input.files];
    if (files.length !== 2 || !self.WebAssembly) return; // the plain form does it
    event.preventDefault();
    delete form.dataset.sent;
    engine ??= new Engine();
    screens.error.hidden = true;
    const stop = new AbortController();
    try {
      const pair = await classify(files);
      if (!pair?.document) return form.submit();
      form.querySelector("[data-stays]").hidden = false;
      progress.stage(say("js.stage.hash"), () => stop.abort());
      const names = [...new Set(pair.hashes)];
      const digests = await engine.digests(pair.document, names, (done, of) => progress.to(done, of), stop.signal);
      progress.stage(say("js.stage.verify"));
      const data = new FormData();
      data.append("files", pair.signature);
      for (const name of names) data.append("digest_" + name, toHex(digests[name]));
      data.append("document", pair.document.name);
      const answer = await fetch("/verify", { method: "POST", body: data });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.title = page.title;
      root.replaceChildren(...page.getElementById("main").childNodes);
      root.focus();
      scrollTo(0, 0);
    } catch (error) {
      progress.hide();
      const texts = { file: "js.file_changed", cancelled: "js.cancelled" };
      screens.fail(error instanceof TypeError ? say("js.network") : say(texts[error.message] ?? "js.internal"));
    }
  });
}
