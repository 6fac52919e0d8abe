// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// What scripts add to every page: nothing here is needed to get on.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// The error summary takes the focus, so that it is read first.
one("[data-focus]")?.focus();

// Copy buttons.
for (const button of all("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const said = button.dataset.said;
    button.firstChild.textContent = said;
    const live = one("[data-copied]");
    if (live) live.textContent = said;
  });
}

// Passwords can be looked at.
for (const button of all("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}

// Rules of a password are ticked as they are met, while typing: the one thing
// judged before the form is sent.
for (const list of all("[data-rules]")) {
  const input = one(`[name="${list.dataset.rules}"]`);
  const length = Number(list.dataset.length);
  const met = (text) => [
    [...text].length >= length,
    /\p{Lu}/u.test(text) && /\p{Ll}/u.test(text),
    /\p{Nd}/u.test(text),
    /[^\p{L}\p{Nd}]/u.test(text),
  ];
  input?.addEventListener("input", () => {
    const state = met(input.value);
    all("li", list).forEach((item, i) => item.classList.toggle("met", state[i]));
  });
}

// A form with a code is sent at six digits.
for (const form of all("[data-code-form]")) {
  const input = one('[name="code"]', form);
  input.focus();
  input.addEventListener("input", () => {
    if (input.value.replace(/\D/g, "").length === 6) form.requestSubmit();
  });
}

// A form is sent once: a second press is not a second wish.
for (const form of all('form[method="post"]')) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 10000);
  });
}
addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

// Countdowns of codes.
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
function countdown(element, seconds, show, over) {
  const end = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    if (left === 0) return over();
    show(clock(left));
    setTimeout(tick, 1000);
  };
  tick();
}
for (const p of all("[data-countdown]")) {
  const { text, over, countdown: seconds } = p.dataset;
  countdown(p, Number(seconds), (time) => (p.textContent = text.replace("{time}", time)), () => (p.textContent = over));
}
for (const button of all("[data-wait]")) {
  const label = button.textContent;
  button.setAttribute("aria-disabled", "true");
  const stop = (event) => event.preventDefault();
  button.addEventListener("click", stop);
  countdown(button, Number(button.dataset.wait), (time) => (button.textContent = button.dataset.text.replace("{time}", time)), () => {
    button.textContent = label;
    button.removeAttribute("aria-disabled");
    button.removeEventListener("click", stop);
  });
}

// Fields that matter for one choice only.
for (const part of all("[data-when]")) {
  const [name, value] = part.dataset.when.split("=");
  const inputs = all(`input[name="${name}"]`);
  const show = () => (part.hidden = !inputs.some((i) => i.checked && i.value === value));
  inputs.forEach((i) => i.addEventListener("change", show));
  show();
}

// Forms save themselves a second after the last key. Secrets stay out.
for (const form of all("[data-autosave]")) {
  let timer;
  const note = one("[data-saved]", form);
  const save = async () => {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && !/password|code$/.test(name)) data.append(name, value);
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: data, headers: { Accept: "application/json" } });
      if (answer.ok && note) note.textContent = (await answer.json()).saved;
    } catch {
      // Without a network the fields keep what was typed; the next key tries again.
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, 1000);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

// Files can be dropped on their place.
for (const zone of all("[data-drop]")) {
  const input = one('input[type="file"]', zone);
  const note = one("[data-drop-note]", zone);
  if (note) note.hidden = false;
  for (const name of ["dragenter", "dragover"]) {
    zone.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// The end of a session: asks in time whether the person is there, and after the end
// leads to the sign-in and back to the same page and field.
function sessionEnd(dialog) {
  const text = dialog.querySelector("[data-session-text]");
  const place = location.pathname + location.search;
  const kept = "podpis.field";
  let timer;
  let field = "";

  addEventListener("focusin", (event) => {
    if (event.target.id && !dialog.contains(event.target)) field = event.target.id;
  });

  // Back after the sign-in: the field that was left.
  try {
    const left = JSON.parse(sessionStorage.getItem(kept));
    if (left?.place === place) {
      sessionStorage.removeItem(kept);
      document.getElementById(left.field)?.focus();
    }
  } catch {
    sessionStorage.removeItem(kept);
  }

  const state = async (method) => {
    const answer = await fetch("/session", { method, headers: { Accept: "application/json" } });
    return answer.ok ? answer.json() : null;
  };

  const plan = (seconds, then) => {
    clearTimeout(timer);
    timer = setTimeout(then, Math.max(0, seconds) * 1000);
  };

  // ask looks first whether another window kept the session alive.
  async function ask() {
    const now = await state("GET").catch(() => undefined);
    if (now === undefined) return plan(10, ask); // no network: nothing ends by that
    if (!now) return over();
    if (now.warn > 0) return plan(now.warn, ask);
    text.textContent = text.dataset.sessionText.replace("{time}", now.at);
    if (!dialog.open) dialog.showModal();
    plan(now.left + 1, ask);
  }

  function over() {
    sessionStorage.setItem(kept, JSON.stringify({ place, field }));
    location.assign("/login?return=" + encodeURIComponent(place));
  }

  dialog.querySelector("[data-session-go]").addEventListener("click", async () => {
    dialog.close();
    const now = await state("POST").catch(() => undefined);
    now === null ? over() : plan(now?.warn ?? 10, ask);
  });
  dialog.querySelector("[data-session-leave]").addEventListener("click", () => document.querySelector('form[action="/logout"]').requestSubmit());
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dialog.querySelector("[data-session-go]").click();
  });

  plan(Number(dialog.dataset.warn), ask);
}
if (one("[data-session]")) sessionEnd(one("[data-session]"));
