// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Checking on the site: the browser judges the files itself and asks the server about
// certificates only. Where it cannot, the form is sent, when the person says so.

import { words } from "./engine.js";
import { Judging, copies, show } from "./judging.js";

const form = document.querySelector("[data-verify]");
if (form && self.WebAssembly && self.Worker) {
  const root = document.getElementById("main");
  const say = words("verify");
  const after = document.querySelector("[data-after]");
  const server = form.parentElement.querySelector("[data-server]");
  form.querySelector("[data-local]").classList.remove("scripted");

  const judging = new Judging({
    form, root, say,
    worker: () => new Worker("/static/judge.js"),
    load: async () => ({
      language: document.documentElement.lang, texts: JSON.parse(document.getElementById("words-verify").textContent),
      zone: form.dataset.zone, name: form.dataset.zoneName, training: "training" in form.dataset,
    }),
    draw: (report) => show(root, report, after, say, send),
    refused(offer, why) {
      server.hidden = !offer;
      if (why === "code") renew();
    },
  });
  // A code that the page asked for goes with the question.
  judging.proof = () => (form.code?.value ? { token: form.code_token.value, code: form.code.value } : undefined);

  server.querySelector("[data-server-go]").addEventListener("click", send);

  // renew puts a code into the form, in place of one that was used.
  async function renew() {
    const answer = await fetch(form.action);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-code]");
    form.querySelector("[data-code]")?.remove();
    if (fresh) form.prepend(fresh);
  }

  // send lets the server judge: where the browser cannot, and for what the server signs.
  async function send() {
    const data = new FormData();
    try {
      await judging.start().catch(() => {});
      const work = await judging.engine.call("prove").catch(() => "");
      if (work) data.append("work", work);
      for (const [name, value] of new FormData(form)) data.append(name, value);
      const answer = await fetch(form.action, { method: "POST", body: data });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.title = page.title;
      root.replaceChildren(...page.getElementById("main").childNodes);
      copies(root);
      root.focus();
      scrollTo(0, 0);
    } catch {
      judging.screens.fail(say("js.network"));
    }
  }
} else if (form) {
  form.querySelector("[data-local]").hidden = true; // the server judges
}
