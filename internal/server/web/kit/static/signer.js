// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The page that signs a file, with a key of the holder or a throw-away one. File
// and key stay in the browser.

import { Engine, Progress, Screens, toHex, words } from "./engine.js";
import * as store from "./store.js";

const root = document.getElementById("signer");
const say = words("signer");
const screens = new Screens(root);
const engine = new Engine();
const progress = new Progress(document.getElementById("sign-progress"), (n) => say("js.percent", { n }));
const certificates = JSON.parse(root.dataset.certificates);

let file; // what is to be signed
let containers = []; // keys of this browser

const texts = {
  password: "js.password.wrong", no_key: "js.no_key_in_file", not_pair: "js.key_not_pair", file: "js.file_changed",
  cancelled: "js.cancelled", no_storage: "js.internal",
};
const explain = (error) => say(texts[error.message] ?? "js.internal");

const size = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });

screens.find("[name=document]").addEventListener("change", async (event) => {
  file = event.target.files[0];
  if (!file) return;
  for (const place of root.querySelectorAll("[data-name]")) place.textContent = file.name;
  screens.find("[data-size]").textContent = size.format(file.size / 1048576);
  if (root.dataset.mode === "holder") await offerKeys();
  screens.show("key");
});

for (const button of root.querySelectorAll("[data-back]")) button.addEventListener("click", () => screens.show("file"));
screens.find("[data-again]").addEventListener("click", () => {
  screens.find("[name=document]").value = "";
  screens.show("file");
});

// offerKeys lists the keys that can sign here: those of this browser whose
// certificates are good, and a file.
async function offerKeys() {
  containers = await store.list().catch(() => []);
  const here = certificates.filter((c) => containers.some((k) => k.serial === c.serial));
  const place = screens.find("[data-keys]");
  for (const old of place.querySelectorAll("label")) old.remove();
  const last = localStorage.getItem("podpis.key");
  const options = here.map((c) => ({ value: c.serial, title: `${say("js.key.browser")}: ${c.title}`, hint: `${c.role}, ${c.until}` }));
  options.push({ value: "file", title: say("js.key.file"), hint: "" });
  options.forEach((o, i) => {
    const label = document.createElement("label");
    label.className = "choice";
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "key", value: o.value });
    input.checked = o.value === last || (i === 0 && !options.some((x) => x.value === last));
    const text = document.createElement("span");
    const title = Object.assign(document.createElement("b"), { textContent: o.title });
    const hint = Object.assign(document.createElement("span"), { textContent: o.hint });
    text.append(title, hint);
    label.append(input, text);
    place.append(label);
  });
  screens.find("[data-hidden-keys]").hidden = here.length === certificates.length;
  const showFile = () => (screens.find("[data-when-file]").hidden = screens.find("[name=key]:checked").value !== "file");
  place.onchange = showFile;
  showFile();
}

screens.find("[data-form=key]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = screens.find("[name=key]:checked").value;
  const password = screens.find("[name=key_password]");
  const picked = screens.find("[name=keyfile]")?.files[0];
  if (chosen === "file" && !picked) return screens.fail(say("js.no_key_in_file"));
  const container = chosen === "file" ? new Uint8Array(await picked.arrayBuffer()) : containers.find((k) => k.serial === chosen).file;
  screens.show("work");
  progress.stage(say("js.stage.open"));
  try {
    const key = await engine.call("open", container, password.value);
    password.value = "";
    localStorage.setItem("podpis.key", chosen);
    await sign(key.key, key.certificates, key.subject);
    await engine.call("forget", key.key);
  } catch (error) {
    screens.show("key");
    screens.fail(explain(error));
    if (error.message === "password") password.select();
  }
});

screens.find("[data-try]")?.addEventListener("click", async () => {
  screens.show("work");
  progress.stage(say("js.stage.key"));
  try {
    const name = document.title.split(" — ").at(-1);
    const key = await engine.call("generate", "gost256-b", name);
    await sign(key.key, [key.certificate], name);
    await engine.call("forget", key.key);
  } catch (error) {
    screens.show("key");
    screens.fail(explain(error));
  }
});

// sign hashes the file in parts, signs the digest and offers the signature. The
// module verifies it before it is handed out.
async function sign(key, chain, subject) {
  const stop = new AbortController();
  progress.stage(say("js.stage.hash"), () => stop.abort());
  const hash = "streebog256";
  const digests = await engine.digests(file, [hash], (done, of) => progress.to(done, of), stop.signal);
  progress.stage(say("js.stage.sign"));
  const signature = await engine.call("signDigest", key, digests[hash], chain);
  const link = screens.find("[data-download]");
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([signature], { type: "application/pkcs7-signature" }));
  link.download = file.name + ".sig";
  screens.find("[data-signer]").textContent = subject;
  screens.find("[data-hash]").textContent = toHex(digests[hash]);
  screens.show("done");
}

root.dataset.ready = "yes";
