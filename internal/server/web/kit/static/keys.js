// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The keys of this browser and of files that are chosen, each checked: it opens, its key and
// its certificate are a pair, its term has not passed. Nothing leaves the browser.

import { Engine, words } from "./engine.js";
import * as store from "./store.js";

const root = document.getElementById("keys");
const say = words("keys");
const one = (selector) => root.querySelector(selector);
const engine = new Engine();
const states = JSON.parse(root.dataset.states); // what the server knows of certificates, by serial
const date = (ms) => new Intl.DateTimeFormat(document.documentElement.lang, { day: "2-digit", month: "2-digit", year: "numeric" }).format(ms);
let found = []; // {name, file}: octets, or a file that is read when its turn comes

const mark = { ok: ["✓", "yes"], bad: ["!", "no"], wait: ["…", "unknown"] };

// line shows a key with what is known of it.
function line(i, state, text) {
  const item = one("[data-list]").children[i];
  const [sign, tone] = mark[state];
  const m = item.querySelector(".mark");
  m.textContent = sign;
  m.className = "mark " + tone;
  item.dataset.state = state;
  item.querySelector("p").textContent = text;
}

function list() {
  const place = one("[data-list]");
  place.replaceChildren(
    ...found.map((k) => {
      const item = document.createElement("li");
      item.append(Object.assign(document.createElement("span"), { className: "mark unknown", textContent: "…", ariaHidden: "true" }));
      item.append(Object.assign(document.createElement("strong"), { textContent: k.name }), Object.assign(document.createElement("p"), { textContent: say("js.keys.waits") }));
      return item;
    }),
  );
  one("[data-none]").hidden = found.length > 0;
}

const texts = { password: "js.password.wrong", no_key: "js.no_key_in_file", not_pair: "js.key_not_pair", file: "js.file_changed" };

// octets reads a key. A file that cannot be read has changed or is gone since it was chosen.
async function octets({ file }) {
  if (!(file instanceof Blob)) return file;
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new Error("file");
  }
}

// check opens a key and lets it sign a line, which the module verifies with the certificate.
async function check(k, password) {
  const key = await engine.call("open", await octets(k), password);
  try {
    if (!key.certificates.length) return ["bad", say("js.keys.bare")];
    const { streebog256 } = await engine.digests(new Blob([k.name]), ["streebog256"]);
    await engine.call("signDigest", key.key, streebog256, key.certificates);
    const values = { name: key.subject, date: date(key.until) };
    if (key.until < Date.now()) return ["bad", say("js.keys.ended", values)];
    const state = states[key.serial];
    if (state && !state.good) return ["bad", say("js.keys.state", { ...values, state: state.text })];
    return ["ok", say("js.keys.good", values)];
  } finally {
    await engine.call("forget", key.key);
  }
}

let busy = false;
one("[data-form]").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  busy = true;
  const password = one("[name=key_password]");
  const picked = [...one("[name=keyfile]").files];
  found = found.filter((k) => k.here);
  for (const file of picked) found.push({ name: file.name, file });
  list();
  let good = 0;
  for (const [i, k] of found.entries()) {
    try {
      const [state, text] = await check(k, password.value);
      line(i, state, text);
      if (state === "ok") good++;
    } catch (error) {
      line(i, "bad", say(texts[error.message] ?? "js.internal"));
    }
  }
  password.value = "";
  one("[data-said]").textContent = say("js.keys.over", { good, all: found.length });
  busy = false;
});

const kept = await store.list().catch(() => []);
found = kept.filter((k) => k.file).map((k) => ({ here: true, name: say("js.key.here", { serial: (k.serial ?? "").slice(-8) }), file: k.file }));
list();
root.dataset.ready = "yes";
