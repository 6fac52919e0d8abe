// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The issue of a certificate: the key is made here and never leaves the page
// open. What was made is kept under the password before the request is sent, so
// that an answer lost on the way costs nothing.

import { Engine, Progress, Screens, fromBase64, save, toBase64, words } from "./engine.js";
import * as store from "./store.js";

const root = document.getElementById("issue");
const { url, base, id, kind, state, subject, file: fileName } = root.dataset;
const say = words("issue");
const screens = new Screens(root);
const engine = new Engine();
const progress = new Progress(document.getElementById("issue-progress"), (n) => `${n} %`);

let place = "browser"; // where the key is kept
let password; // until the container is sealed again with the certificate
let key; // number of the key in the module
let made; // {request, certificate}
let issued; // {serial, certificate, chain, test}

const shortest = Number(screens.find("[data-rules]").dataset.length); // of a password of the key
const texts = { password: "js.password.rules", no_storage: "js.no_storage", network: "js.network" };
const explain = (error) => error.text ?? say(texts[error.message] ?? "js.internal", { n: shortest });

// post sends JSON or a form and returns the answer; a refusal is an Error with
// the words of the site.
async function post(path, body) {
  let answer;
  try {
    const json = body instanceof URLSearchParams ? {} : { "Content-Type": "application/json" };
    answer = await fetch(url + path, { method: "POST", body: body instanceof URLSearchParams ? body : JSON.stringify(body), headers: { ...json, Accept: "application/json" } });
  } catch {
    throw new Error("network");
  }
  const content = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(content.code), { text: content.title, field: content.field });
  return content;
}

const on = (name, act) =>
  screens.find(`[data-form=${name}]`).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("[type=submit]");
    if (button.disabled) return;
    button.disabled = true;
    screens.error.hidden = true;
    try {
      await act(event.target);
    } catch (error) {
      screens.fail(explain(error));
    } finally {
      button.disabled = false;
    }
  });

on("check", async (form) => {
  await post("/consent", new URLSearchParams(form.agree.checked ? { agree: "yes" } : {}));
  screens.show("store");
});

on("store", async (form) => {
  place = form.store.value;
  screens.show("entropy");
  gather();
});

// gather counts movements and keys; each adds its place and its time to the
// generator, which has the browser's own octets in it anyway.
function gather() {
  const needed = 200;
  const area = screens.find("[data-gauge]");
  const next = screens.find("[data-gauge-go]");
  let count = 0;
  let said = 0;
  const add = (event) => {
    if (count >= needed) return;
    const sample = new Float64Array([event.clientX ?? 0, event.clientY ?? 0, event.keyCode ?? 0, performance.now()]);
    engine.call("mix", new Uint8Array(sample.buffer));
    const n = Math.floor((100 * ++count) / needed);
    screens.find("[data-gauge-bar]").value = n;
    screens.find("[data-gauge-text]").textContent = say("js.gauge", { n });
    if (Math.floor(n / 25) > said) {
      said = Math.floor(n / 25);
      screens.find("[data-gauge-live]").textContent = n === 100 ? say("js.gauge.ready") : say("js.gauge", { n });
    }
    if (n === 100) next.removeAttribute("aria-disabled");
  };
  for (const name of ["pointermove", "keydown"]) area.addEventListener(name, add);
  next.onclick = () => next.getAttribute("aria-disabled") || screens.show("password");
  screens.find("[data-gauge-skip]").onclick = () => screens.show("password");
}

const strong = (text) => [...text].length >= shortest && /\p{Lu}/u.test(text) && /\p{Ll}/u.test(text) && /\p{Nd}/u.test(text) && /[^\p{L}\p{Nd}]/u.test(text);

on("password", async (form) => {
  const [first, second] = [form.key_password.value, form.key_password2.value];
  if (!strong(first)) throw Object.assign(new Error(), { text: say("js.password.rules", { n: shortest }) });
  if (first !== second) throw Object.assign(new Error(), { text: say("js.password.differ") });
  password = first;
  form.reset();
  screens.show("code");
});

screens.find("[data-print]").addEventListener("click", () => print());

const codeForm = screens.find("[data-form=code]");
codeForm.code.addEventListener("input", () => {
  if (codeForm.code.value.replace(/\D/g, "").length === 6) codeForm.requestSubmit();
});
screens.find("[data-resend]").addEventListener("click", async () => {
  try {
    await post("/resend", new URLSearchParams());
  } catch (error) {
    screens.fail(explain(error));
  }
});

on("code", async (form) => {
  const code = form.code.value;
  screens.show("wait");
  try {
    await makeKey();
    progress.stage(say("js.stage.send"));
    await keepContainer([made.certificate], "made");
    progress.stage(say("js.stage.ca"));
    issued = decode(await post("/order", { code, request: toBase64(made.request) }));
    progress.stage(say("js.stage.check"));
    await keepContainer([issued.certificate, ...issued.chain], "issued");
    password = undefined;
  } catch (error) {
    screens.show("code");
    form.code.value = "";
    throw error;
  }
  showInstall();
});

async function makeKey() {
  if (made) return; // a wrong code does not cost the key
  progress.stage(say("js.stage.key"));
  const result = await engine.call("generate", kind, subject);
  key = result.key;
  made = result;
}

const decode = (answer) => ({
  ...answer,
  certificate: fromBase64(answer.certificate),
  chain: answer.chain.map(fromBase64),
  test: new TextEncoder().encode(answer.test),
});

// keepContainer seals the key with its certificates and keeps it in the browser;
// a key that goes to a file is dropped from here once the file is saved.
async function keepContainer(certificates, stage) {
  progress.stage(say("js.stage.seal"));
  const container = await engine.call("seal", key, password, subject, certificates);
  await store.put({ id, serial: issued?.serial ?? "", file: container, request: made.request, store: place, stage });
}

function showInstall() {
  for (const part of root.querySelectorAll("[data-only]")) part.hidden = part.dataset.only !== place;
  screens.show("install");
}

// install shows that the key works: it signs the test line, which the site
// verifies with the certificate.
async function install() {
  const signature = await engine.call("signOctets", key, issued.test);
  await post("/installed", { signature: toBase64(signature) });
  await engine.call("forget", key);
  const record = await store.get(id);
  if (place === "file") await store.drop(id);
  else await store.put({ ...record, stage: "installed" });
  store.keep();
  screens.find("[data-certificate-link]").href = `${base}/certificates/${issued.serial}`;
  screens.find("[data-copy-key]").onclick = () => save(record.file, fileName, "application/x-pkcs12");
  screens.show("done");
}

screens.find("[data-install]").addEventListener("click", () => install().catch((error) => screens.fail(explain(error))));
screens.find("[data-save]").addEventListener("click", async () => {
  try {
    save((await store.get(id)).file, fileName, "application/x-pkcs12");
    await install();
  } catch (error) {
    screens.fail(explain(error));
  }
});

// A page opened again goes on where the other one stopped: the container is in
// this browser, or in the holder's file.
on("resume", async (form) => {
  const picked = form.resume_file.files[0];
  const record = await store.get(id).catch(() => undefined);
  const container = picked ? new Uint8Array(await picked.arrayBuffer()) : record?.file;
  if (!container) throw Object.assign(new Error(), { text: say("js.key_elsewhere") });
  const secret = form.resume_password.value;
  let opened;
  try {
    opened = await engine.call("open", container, secret);
  } catch (error) {
    form.resume_password.select();
    throw Object.assign(new Error(), { text: error.message === "password" ? say("js.password.wrong") : say("js.key_elsewhere") });
  }
  place = record?.store ?? "file";
  try {
    if (!record?.request) throw Object.assign(new Error(), { text: say("js.key_elsewhere") });
    made = { request: record.request };
    // The same request gets the same certificate.
    issued = decode(await post("/order", { code: "", request: toBase64(record.request) }));
    [key, password] = [opened.key, secret];
    await keepContainer([issued.certificate, ...issued.chain], "issued");
  } catch (error) {
    await engine.call("forget", opened.key).catch(() => {});
    throw error;
  } finally {
    password = undefined;
  }
  form.reset();
  showInstall();
});

screens.show(state === "approved" ? "check" : "resume");
root.dataset.ready = "yes";
