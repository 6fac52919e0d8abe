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

// What is typed is kept until it is sent (docs/design/pages.md, Drafts): by the server a
// second after the last key and when a field is left, and told when it comes back. Secrets
// stay out by what the field is, whatever the form.
const secret = "[type=password], [type=hidden], [type=file], [type=submit], [data-secret], [autocomplete=one-time-code], [autocomplete$=password]";
const words = document.body.dataset;
if (words.page) history.replaceState(history.state, "", words.page); // a refused form: reloading opens the page, sends nothing
const drafts = words.drafts ? JSON.parse(words.drafts) : [];
const places = {};
let saves = Promise.resolve(); // one after another

function keep(form) {
  const address = new URL(form.getAttribute("action") || "", location).pathname;
  const place = (places[address] = (places[address] ?? -1) + 1);
  const fields = [...form.elements].filter((f) => f.name && f.matches("input, select, textarea") && !f.matches(secret));
  if (fields.length === 0) return;
  const here = form.dataset.draft === "here" && "podpis.draft" + location.pathname; // never leaves the device
  const sealed = here && import("./sealed.js");
  const of = form.dataset.of ?? "";
  const checked = (f) => /^(radio|checkbox)$/.test(f.type);
  const values = () => fields.filter((f) => !checked(f) || f.checked).map((f) => [f.name, f.value]);
  const first = one("#errors") ? "" : JSON.stringify(values()); // what the page stands with when nobody has typed
  let timer, dirty = false, told = "";

  const note = () => {
    let p = one("[data-saved]", form);
    if (!p) {
      p = Object.assign(document.createElement("p"), { className: "saved" });
      p.setAttribute("role", "status");
      p.dataset.saved = "";
      form.append(p);
    }
    return p;
  };
  const send = async (list) => {
    if (here) {
      if (list.length) await (await sealed).put(here, { values: list, until: Date.now() + 864e5 });
      else localStorage.removeItem(here);
      form.dataset.kept = Date.now();
      return;
    }
    const body = JSON.stringify({ ticket: words.ticket, form: address, place, of, values: list });
    const answer = await fetch("/drafts", { method: "POST", body, keepalive: body.length < 30000, headers: { Accept: "application/json", "Content-Type": "application/json" } });
    const said = await answer.json();
    if (answer.ok) return said.saved;
    if (answer.status < 500 && answer.status !== 429) return said.title; // trying again would not help
    throw new Error(said.title);
  };
  // save keeps the fields as they stand now; what fails is tried again.
  const save = () => {
    clearTimeout(timer);
    if (!dirty) return saves;
    dirty = false;
    const list = values();
    return (saves = saves.then(() => send(JSON.stringify(list) === first ? [] : list)).then(
      (said) => said && (note().textContent = told = said),
      () => {
        if (!dirty) timer = setTimeout(save, 5000);
        dirty = true;
        note().textContent = words.unsaved;
      },
    ));
  };
  const changed = (event) => {
    if (!fields.includes(event.target)) return;
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(save, 1000);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", (event) => {
    changed(event);
    save();
  });
  addEventListener("online", save);
  document.addEventListener("visibilitychange", () => document.hidden && save());

  // The form is sent when what stands in it is kept: a session that has ended, or a second
  // step that is asked first, costs nothing.
  let waiting = false;
  form.addEventListener("submit", (event) => {
    if (here) {
      clearTimeout(timer);
      dirty = false;
      return void saves.then(() => localStorage.removeItem(here));
    }
    if (waiting) return event.stopImmediatePropagation(), event.preventDefault();
    if (!dirty) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = true;
    Promise.race([save(), new Promise((go) => setTimeout(go, 3000))]).then(() => {
      waiting = dirty = false;
      form.requestSubmit(event.submitter);
    });
  });

  if (here) {
    const unseal = async () => {
      const draft = await (await sealed).get(here);
      if (draft?.until < Date.now()) localStorage.removeItem(here);
      else if (!dirty) restore(draft);
      form.dataset.opened = "yes";
    };
    unseal().catch(() => (form.dataset.opened = "no"));
  } else restore(drafts.find((d) => d.form === address && d.place === place && (d.of ?? "") === of));
  function restore(draft) {
    if (!draft) return;
    const queue = {};
    for (const [name, value] of draft.values) (queue[name] ??= []).push(value);
    const touched = [];
    for (const f of fields) {
      const before = checked(f) ? f.checked : f.value;
      if (checked(f)) f.checked = queue[f.name]?.includes(f.value) ?? false;
      else if (queue[f.name]?.length) f.value = queue[f.name].shift();
      if (before !== (checked(f) ? f.checked : f.value)) touched.push(f);
    }
    if (touched.length) tell(touched);
  }

  function tell(touched) {
    for (const f of touched) for (let d = f.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
    const box = Object.assign(document.createElement("div"), { className: "alert alert-info" });
    const text = Object.assign(document.createElement("p"), { textContent: words.restored });
    if (one("[type=file]", form)) text.textContent += " " + words.restoredFiles;
    const clear = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-2", textContent: words.clear });
    clear.dataset.clear = "";
    clear.addEventListener("click", () => {
      form.reset();
      fields.forEach((f) => f.dispatchEvent(new Event("change", { bubbles: true })));
      dirty = true;
      save();
      box.remove();
      (touched[0] ?? fields[0]).focus();
    });
    box.append(text, clear);
    form.prepend(box);
  }
}
if (words.ticket) all('form[method="post"]:not([data-autosave], [data-draft=off])').forEach(keep);

// Single keys work while nothing is being typed, and can be switched off (WCAG 2.1.4).
document.addEventListener("keydown", (event) => {
  if (document.documentElement.dataset.keys === "off" || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.closest?.("input, select, textarea, [contenteditable], dialog[open]")) return;
  const target = event.key === "/" ? one("[data-find]") : null;
  if (target?.checkVisibility()) target.focus();
  else if (event.key === "?") one("[data-shortcuts]").showModal();
  else return;
  event.preventDefault();
});
// An open menu is closed by Escape, and by going elsewhere.
for (const menu of all(".roles, .bar details")) {
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    one("summary", menu).focus();
  });
  menu.addEventListener("focusout", (event) => event.relatedTarget && !menu.contains(event.relatedTarget) && (menu.open = false));
}

// A form with a code is sent at six digits.
for (const form of all("[data-code-form]")) {
  const input = one('[name^="code"]', form);
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

// The application: its worker keeps the page for the time without a connection and shows
// notices. Pages that have much to load leave it to others.
if (one("link[rel=manifest]") && navigator.serviceWorker)
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js?l=" + document.documentElement.lang).catch(() => {}));
