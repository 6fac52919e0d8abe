// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The saved page: module, words and lists are in it, and nobody is asked.

import { Judging, show } from "./judging.js";

const block = (id) => document.getElementById(id).textContent;
const saved = JSON.parse(block("saved"));
let judging;

// speak draws the page in a language; files that were judged are judged again.
function speak(language, files) {
  const drawn = document.querySelector(`template[data-language="${language}"]`);
  const texts = saved.texts[language];
  const say = (key, values = {}) => (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, k) => values[k] ?? "");
  judging?.engine?.end();
  document.documentElement.lang = language;
  document.title = drawn.dataset.title;
  const place = document.getElementById("place");
  place.replaceChildren(drawn.content.cloneNode(true));
  const root = place.querySelector("main");
  const form = root.querySelector("[data-verify]");
  const after = root.querySelector("[data-after]");
  after.remove();
  judging = new Judging({
    form, root, say,
    worker: () => new Worker(URL.createObjectURL(new Blob([saved.worker], { type: "text/javascript" }))),
    load: async () => ({
      language, texts, zone: saved.zone, name: saved.names[language], training: saved.training, module: block("saved-module"), bundle: block("saved-bundle"),
    }),
    draw(report) {
      judging.judged = judging.files();
      show(root, report, after, say);
      root.querySelector("[data-again]").addEventListener("click", () => speak(language));
    },
  });
  drop(root.querySelector("[data-drop]"));
  for (const button of place.querySelectorAll("button[lang]")) {
    button.addEventListener("click", () => {
      speak(button.lang, judging.judged);
      document.querySelector(`button[lang="${button.lang}"]`).focus();
    });
  }
  if (files) {
    judging.files = () => files;
    judging.run();
  }
}

// drop takes files that are dropped on their place.
function drop(zone) {
  zone.querySelector("[data-drop-note]").hidden = false;
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle("over", name.startsWith("drage") || name === "dragover");
      if (name !== "drop") return;
      const input = zone.querySelector("input");
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

const wanted = navigator.languages.map((l) => l.slice(0, 2)).find((l) => saved.texts[l]);
speak(wanted ?? document.documentElement.lang);
