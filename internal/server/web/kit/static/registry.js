// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0
// Comparing with the register: the form goes by itself; here its stages are told. What the
// server refuses takes the place of the page.

const form = document.querySelector("[data-compare]"), box = document.getElementById("comparing");
if (form && box) {
  const stage = box.querySelector("[data-stage]"), live = box.querySelector("[data-live]"), bar = box.querySelector("progress");
  const tell = (text, value) => { stage.textContent = text; live.textContent = text; bar.value = value; };
  const refused = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    document.title = page.title;
    const main = document.importNode(page.querySelector("main"), true);
    document.querySelector("main").replaceWith(main);
    main.focus();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const stop = new AbortController();
    box.hidden = false; form.hidden = true;
    box.querySelector("[data-cancel]").onclick = () => { stop.abort(); box.hidden = true; form.hidden = false; form.querySelector("button").focus(); };
    tell(form.dataset.asking, 30);
    try {
      const answer = await fetch(form.action, { method: "POST", headers: { Accept: "text/html" }, signal: stop.signal });
      if (!answer.redirected) { return refused(await answer.text()); }
      tell(form.dataset.comparing, 80);
      location.assign(answer.url);
      if (answer.url === location.href) { location.reload(); }
    } catch {
      if (!stop.signal.aborted) { form.submit(); } // the browser tells what is wrong
    }
  });
}
