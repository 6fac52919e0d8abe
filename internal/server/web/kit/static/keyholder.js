// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// A key signs a challenge of the server: to sign in, for a second step, to be bound. File,
// key and password stay in the browser.

import { Engine, toBase64, words } from "./engine.js";
import * as store from "./store.js";

const root = document.getElementById("keyholder");
const say = words("keyholder");
const one = (selector) => root.querySelector(selector);
const engine = new Engine();
const texts = { password: "js.password.wrong", no_key: "js.no_key_in_file", not_pair: "js.key_not_pair", origin: "js.origin" };
let containers = [];

// offer lists the keys of this browser, the one used last first.
async function offer() {
  containers = (await store.list().catch(() => [])).filter((k) => k.serial);
  const last = localStorage.getItem("podpis.key");
  containers.sort((a, b) => (b.serial === last) - (a.serial === last));
  const place = one("[data-keys]");
  one("[data-no-browser-key]").hidden = containers.length > 0;
  for (const key of containers.toReversed()) {
    const label = Object.assign(document.createElement("label"), { className: "choice" });
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "key", value: key.serial, checked: true });
    const text = document.createElement("span");
    text.append(Object.assign(document.createElement("b"), { textContent: say("js.key.here", { serial: key.serial.slice(-8) }) }));
    label.append(input, text);
    place.querySelector("legend").after(label);
  }
  if (last === "file") one('[name=key][value="file"]').checked = true;
  place.onchange = show;
  show();
}
const show = () => (one("[data-when-file]").hidden = one("[name=key]:checked").value !== "file");

function fail(text, next = "") {
  one("[data-stage]").textContent = "";
  one("[data-error-text]").textContent = text;
  one("[data-error-next]").textContent = next;
  one("[data-error]").hidden = false;
  one("[data-error]").focus();
}

async function post(url, body) {
  const answer = await fetch(url, { method: "POST", body: JSON.stringify(body), headers: { Accept: "application/json", "Content-Type": "application/json" } });
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error("refused"), { said });
  return said;
}

// answer lets the open key sign what the server asks, if it asks for this site.
async function answer(key) {
  const { text } = await post(root.dataset.ask, {});
  if (!text.split("\n").includes("origin: " + location.origin)) throw new Error("origin");
  const digests = await engine.digests(new Blob([text]), ["streebog256"]);
  const signature = await engine.call("signDigest", key.key, digests.streebog256, key.certificates);
  one("[data-stage]").textContent = say("js.stage.check");
  return post(root.dataset.done, { signature: toBase64(signature) });
}

let busy = false;
one("[data-form]").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  busy = true;
  one("[data-error]").hidden = true;
  const chosen = one("[name=key]:checked").value;
  const password = one("[name=key_password]");
  let key;
  try {
    const picked = one("[name=keyfile]").files[0];
    if (chosen === "file" && !picked) throw new Error("no_key");
    one("[data-stage]").textContent = say("js.stage.open");
    const file = chosen === "file" ? new Uint8Array(await picked.arrayBuffer()) : containers.find((k) => k.serial === chosen).file;
    key = await engine.call("open", file, password.value);
    one("[data-stage]").textContent = say("js.stage.sign");
    const { next } = await answer(key);
    localStorage.setItem("podpis.key", chosen);
    password.value = "";
    location.assign(next);
  } catch (error) {
    if (error.said) fail(error.said.title, error.said.next);
    else fail(say(error instanceof TypeError ? "js.network" : (texts[error.message] ?? "js.internal")));
    if (error.message === "password") password.select();
  } finally {
    if (key) await engine.call("forget", key.key);
    busy = false;
  }
});

await offer();
root.dataset.ready = "yes";
