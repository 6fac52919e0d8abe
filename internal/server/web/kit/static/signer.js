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
  cancelled: "js.cancelled", no_storage: "js.internal", large: "js.sign.large", encrypted: "js.sign.encrypted", damaged: "js.sign.damaged",
  certified: "js.sign.certified", breaks: "js.sign.breaks", mark: "js.sign.mark", page: "js.sign.page", stamp: "js.sign.stamp", expired: "js.sign.expired",
};
// What the server said is shown as it is; a request that did not get through is the network.
const explain = (error) => error.said ?? say(error instanceof TypeError ? "js.network" : (texts[error.message] ?? "js.internal"));

const sizeIn = (unit) => new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 });
const sizeOf = (n) => (n < 1000 ? sizeIn("byte").format(n) : n < 1048576 ? sizeIn("kilobyte").format(n / 1024) : sizeIn("megabyte").format(n / 1048576));

// Signs that turn the direction of writing would show another name than the file has.
const nameOf = (file) => file.name.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "");

screens.find("[name=document]").addEventListener("change", async (event) => {
  file = event.target.files[0];
  if (!file) return;
  for (const place of root.querySelectorAll("[data-name]")) place.textContent = nameOf(file);
  screens.find("[data-size]").textContent = sizeOf(file.size);
  offerPlaces(await formOf(file));
  if (root.dataset.mode === "holder") await offerKeys();
  screens.show("key");
});

// formOf tells a document that can carry its signature, by its beginning.
async function formOf(file) {
  const head = new TextDecoder("latin1").decode(await file.slice(0, 1024).arrayBuffer());
  if (head.includes("%PDF-")) return "pdf";
  return /^(\u00ef\u00bb\u00bf)?\s*<[?!_A-Za-z]/.test(head) && !/<html/i.test(head) ? "xml" : "";
}

let form = ""; // pdf, xml, or nothing to sign inside of

function offerPlaces(found) {
  form = found;
  screens.find("[name=place][value=beside]").checked = true;
  screens.find("[data-place-choice]").hidden = !form;
  fitOptions();
}

const chosen = (name) => screens.find(`[name=${name}]:checked`)?.value;

// fitOptions shows what goes together: long-term levels are of files beside the document,
// a mark is of PDF.
function fitOptions() {
  const inside = chosen("place") === "inside";
  for (const input of root.querySelectorAll("[name=level]")) {
    const far = input.value === "xl1" || input.value === "lt";
    input.closest("label").hidden = far && inside;
    if (far && inside && input.checked) screens.find("[name=level][value=t]").checked = true;
  }
  screens.find("[data-mark-choice]").hidden = !(inside && form === "pdf");
  screens.find("[data-mark-place]").hidden = !screens.find("[name=mark]").checked;
}

screens.find("[data-options]").addEventListener("change", fitOptions);

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
    await engine.holding(key.key, () => sign(key.key, key.certificates, key.subject));
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
    const name = say("js.try.name");
    const key = await engine.call("generate", "gost256-b", name);
    await engine.holding(key.key, () => sign(key.key, [key.certificate], name));
  } catch (error) {
    screens.show("key");
    screens.fail(explain(error));
  }
});

// sign makes the signature and offers it. The modules verify what they make before it is
// handed out.
async function sign(key, chain, subject) {
  const inside = form && chosen("place") === "inside";
  const { file: made, name, hash } = inside ? await signInside(key, chain) : await signBeside(key, chain);
  const link = screens.find("[data-download]");
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(made);
  link.download = name;
  link.textContent = inside ? link.dataset.inside : link.dataset.beside;
  screens.find("[data-signer]").textContent = subject;
  screens.find("[data-hash]").textContent = hash ?? "";
  screens.find("[data-hash-row]").hidden = !hash;
  screens.show("done");
}

// signBeside hashes the file in parts and signs the digest; a higher level is made of the
// signature alone by the server.
async function signBeside(key, chain) {
  const stop = new AbortController();
  progress.stage(say("js.stage.hash"), () => stop.abort());
  const hash = "streebog256";
  const digests = await engine.digests(file, [hash], (done, of) => progress.to(done, of), stop.signal);
  progress.stage(say("js.stage.sign"));
  let signature = await engine.call("signDigest", key, digests[hash], chain);
  const level = chosen("level");
  if (level !== "b") {
    progress.stage(say("js.stage.raise"));
    signature = await raised(signature, level);
  }
  return { file: new Blob([signature], { type: "application/pkcs7-signature" }), name: file.name + ".sig", hash: toHex(digests[hash]) };
}

async function raised(signature, level) {
  const answer = await fetch("/sign/raise?level=" + level, {
    method: "POST", body: signature, headers: { Accept: "application/json", "Content-Type": "application/pkcs7-signature" },
  });
  if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error("raise"), { said: problem.title });
}

let documents; // the module that puts signatures into documents, when it is first wanted

// signInside lets one module prepare the document, the other sign, and the first finish.
async function signInside(key, chain) {
  progress.stage(say("js.stage.inside"));
  documents ??= new Engine(new Worker("/static/worker.js?module=document"));
  const level = chosen("level");
  const order = { form, name: file.name, blob: file, certificates: chain, level, mark: await markOf(chain[0]) };
  const { number, octets } = await documents.call("prepare", order);
  try {
    progress.stage(say("js.stage.sign"));
    let out = await documents.call("finish", number, await engine.call("signOctets", key, octets));
    if (out.request) {
      progress.stage(say("js.stage.stamp"));
      out = await documents.call("stamped", number, await stampOf(out.request));
    }
    const name = file.name.replace(/(\.[^.]+)?$/, (end) => "\u0000" + end).split("\u0000");
    return {
      // Of a PDF the module gives what is to be appended: the document is not copied.
      file: form === "pdf" ? new Blob([file, out.file], { type: "application/pdf" }) : new Blob([out.file], { type: "application/xml" }),
      name: say("js.sign.name", { name: name[0] }) + (name[1] ?? ""),
    };
  } catch (error) {
    await documents.call("drop", number);
    throw error;
  }
}

async function stampOf(request) {
  const answer = await fetch("/pki/tsp", { method: "POST", body: request, headers: { "Content-Type": "application/timestamp-query" } });
  if (!answer.ok) throw new Error("stamp");
  return new Uint8Array(await answer.arrayBuffer());
}

// markOf are the words of the visible mark (GOST R 7.0.97-2016, 5.23), if one is wanted.
async function markOf(certificate) {
  if (form !== "pdf" || !screens.find("[name=mark]").checked) return null;
  const { serial, owner, from, until } = await documents.call("describe", certificate);
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short" });
  return {
    heading: say("js.mark.heading"), page: Number(chosen("mark_page")), corner: chosen("mark_corner"),
    lines: [
      say("js.mark.certificate", { serial }), say("js.mark.owner", { owner }),
      say("js.mark.valid", { from: day.format(from), until: day.format(until) }),
    ],
  };
}

root.dataset.ready = "yes";
