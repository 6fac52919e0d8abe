// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The check of the workplace: what only the browser can see. Camera and microphone are
// opened by their button alone and closed at once; the test key lives in the worker and is
// forgotten.

import { Engine, toHex, words } from "./engine.js";

const root = document.getElementById("check");
const say = words("check");
const find = (selector) => root.querySelector(selector);
const marks = { ok: ["✓", "yes"], none: ["–", "unknown"], fix: ["!", "no"], unknown: ["?", "unknown"] };

// set fills a row in. facts are for the diagnosis: ASCII, nothing personal.
function set(id, state, key, values = {}, facts = "") {
  const row = find(`[data-check=${id}]`);
  row.dataset.state = state;
  row.dataset.facts = facts;
  const mark = row.querySelector("[data-mark]");
  mark.textContent = marks[state][0];
  mark.className = "mark " + marks[state][1];
  row.querySelector("[data-word]").textContent = say("check.state." + state);
  row.querySelector("[data-text]").textContent = say("check.js." + key, values);
  row.querySelector("[data-guide]").hidden = state !== "fix";
}

const round = (n) => Math.round(n);
const number = (n, digits = 0) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: digits }).format(n);
const timed = async (f) => {
  const began = performance.now();
  const result = await f();
  return { result, ms: performance.now() - began };
};
// within gives up on what a browser may never answer.
const within = (promise, ms) => Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("late")), ms))]);

async function ask(url) {
  const answer = await fetch(url, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

// clock takes the quickest of three answers: the less on the way, the better known.
async function clock() {
  let best;
  for (let i = 0; i < 3; i++) {
    const before = Date.now();
    const { result, ms } = await timed(async () => (await ask("/check/time")).json());
    if (!best || ms < best.ms) best = { ms, off: before + ms / 2 - result.now };
    files(result);
  }
  const s = number(Math.abs(best.off) / 1000, 1);
  const facts = `off ${round(best.off)} ms`;
  if (Math.abs(best.off) > 60000) set("time", "fix", best.off > 0 ? "time.fast" : "time.slow", { s }, facts);
  else set("time", "ok", "time.ok", { s }, facts);
  return best.ms;
}

// files compares this very script, and what the page names, with what the server has now: a
// cache that keeps too long is seen by its address.
function files({ script, style }) {
  const here = new URL(import.meta.url);
  const sheets = [...document.querySelectorAll("link[rel=stylesheet]")].map((l) => l.getAttribute("href"));
  const fresh = here.pathname + here.search === script && root.dataset.script === script && sheets.includes(style);
  set("cache", fresh ? "ok" : "fix", fresh ? "cache.ok" : "cache.stale", {}, fresh ? "fresh" : "stale " + here.search.slice(0, 20));
}

async function connection(latency) {
  const { result, ms } = await timed(async () => (await ask("/check/load")).arrayBuffer());
  const rate = result.byteLength / 1024 / Math.max(ms / 1000, 0.001);
  const values = { ms: number(latency), kb: number(rate), s: number(600 / rate) };
  const slow = rate < 64;
  set("net", slow ? "fix" : "ok", slow ? "net.slow" : "net.ok", values, `${round(latency)} ms ${round(rate)} KB/s`);
}

let engine;

async function module() {
  engine = new Engine();
  const { ms } = await timed(() => within(engine.digests(new Blob(["1"]), ["streebog256"]), 30000));
  set("wasm", "ok", "wasm.ok", { ms: number(ms) }, `${round(ms)} ms`);
}

// storage writes and reads a record in a database of its own and drops it.
async function storage() {
  const name = "podpis-check";
  const base = await new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("test");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  try {
    const value = await new Promise((resolve, reject) => {
      const transaction = base.transaction("test", "readwrite");
      const store = transaction.objectStore("test");
      store.put("kept", 1);
      const got = store.get(1);
      transaction.oncomplete = () => resolve(got.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
    if (value !== "kept") throw new Error("storage");
  } finally {
    base.close();
    indexedDB.deleteDatabase(name);
  }
  const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  const kept = (await navigator.storage?.persisted?.()) ?? false;
  const mb = (quota - usage) / 1048576;
  set("storage", "ok", kept ? "storage.kept" : "storage.ok", { mb: number(mb) }, `${round(mb)} MB persisted ${kept}`);
  return quota;
}

// privateWindow: Firefox and Safari refuse the file system of the origin there, Chrome
// gives less room than the heap may take. A guess, and said to be one.
async function privateWindow(quota) {
  const refused = navigator.storage?.getDirectory ? await navigator.storage.getDirectory().then(() => false, () => true) : false;
  const heap = performance.memory?.jsHeapSizeLimit ?? 0;
  const guess = refused || (heap > 0 && quota > 0 && quota < heap * 2);
  set("window", guess ? "fix" : "ok", guess ? "window.private" : "window.ok", {}, guess ? "private" : "normal");
}

function cookies() {
  document.cookie = "podpis_check=1; path=/check; max-age=60; samesite=strict";
  const kept = navigator.cookieEnabled && document.cookie.includes("podpis_check=1");
  document.cookie = "podpis_check=; path=/check; max-age=0; samesite=strict";
  set("cookies", kept ? "ok" : "fix", kept ? "cookies.ok" : "cookies.no", {}, String(kept));
}

let refusedByPolicy = 0; // what an extension tried to put into the page
addEventListener("securitypolicyviolation", () => refusedByPolicy++);

// extensions: blockers hide what looks like advertising, others leave attributes and
// elements, or are stopped by the policy of the page.
async function extensions() {
  const bait = document.createElement("div");
  bait.className = "ads ad-banner adsbox pub_300x250 text-ad";
  bait.setAttribute("aria-hidden", "true");
  bait.append("\u00a0");
  root.append(bait);
  await new Promise((resolve) => setTimeout(resolve, 150));
  const hidden = bait.offsetHeight === 0 || getComputedStyle(bait).display === "none";
  bait.remove();
  const own = new Set(["lang", "data-theme", "data-contrast", "data-size", "data-spacing", "data-motion", "data-keys", "data-brand"]);
  const strange = document.documentElement.getAttributeNames().filter((n) => !own.has(n)).length + document.querySelectorAll("body > :not(a, aside, header, nav, main, footer, dialog, script)").length;
  const heading = document.querySelector("h1[data-own]");
  const changed = heading?.textContent !== heading?.dataset.own; // translators and those who rewrite texts
  const seen = hidden || strange > 0 || refusedByPolicy > 0;
  const key = changed ? "extensions.changed" : seen ? "extensions.seen" : "extensions.none";
  set("extensions", seen || changed ? "fix" : "none", key, {}, `hidden ${hidden} strange ${strange} refused ${refusedByPolicy} changed ${changed}`);
}

// media asks nothing: what is there and what was allowed before. The browser's question
// comes only by the button, and what it opened is closed at once.
async function media() {
  if (!navigator.mediaDevices?.enumerateDevices) return set("media", "none", "media.cannot", {}, "no answer");
  find("[data-media]").hidden = !navigator.mediaDevices.getUserMedia;
  const { cameras, microphones, facts, states } = await devices();
  if (states.includes("denied")) return set("media", "none", "media.denied", {}, facts);
  const both = cameras > 0 && microphones > 0;
  set("media", both ? "ok" : "none", both ? "media.both" : "media.none", { cameras, microphones }, facts);
}

async function devices() {
  const list = await within(navigator.mediaDevices.enumerateDevices(), 5000);
  const count = (kind) => list.filter((d) => d.kind === kind).length;
  const permission = async (name) => (await navigator.permissions?.query({ name }).catch(() => null))?.state ?? "unknown";
  const [cameras, microphones, states] = [count("videoinput"), count("audioinput"), [await permission("camera"), await permission("microphone")]];
  return { cameras, microphones, states, facts: `cameras ${cameras} ${states[0]} microphones ${microphones} ${states[1]}` };
}

find("[data-media]").addEventListener("click", async () => {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
    const kinds = stream.getTracks().map((t) => t.kind);
    stream.getTracks().forEach((t) => t.stop());
    const { cameras, microphones, facts } = await devices();
    set("media", "ok", "media.asked", { cameras, microphones }, `${facts} opened ${kinds.join(" ")}`);
  } catch (error) {
    const refused = error?.name === "NotAllowedError" || error?.name === "SecurityError";
    set("media", refused ? "none" : "fix", refused ? "media.refused" : "media.missing", {}, "asked: " + String(error?.name));
  }
  find("[data-live]").textContent = find("[data-check=media] [data-text]").textContent;
  await numbered();
});

const orElse = (promise, id, state, key) => promise.catch((error) => set(id, state, key, {}, "failed: " + String(error?.name ?? error).replace(/[^ -~]/g, "")));

async function all() {
  const works = [
    clock().then(
      (latency) => orElse(connection(latency), "net", "fix", "net.no"),
      () => {
        set("time", "fix", "time.silent", {}, "silent");
        set("net", "fix", "net.no", {}, "silent");
        set("cache", "unknown", "cache.silent", {}, "silent");
      },
    ),
    orElse(module(), "wasm", "fix", "wasm.no"),
    storage().then(privateWindow, (error) => {
      set("storage", "fix", "storage.no", {}, "failed: " + String(error?.name));
      set("window", "fix", "window.private", {}, "no storage");
    }),
    orElse(extensions(), "extensions", "none", "extensions.none"),
    orElse(media(), "media", "none", "media.cannot"),
  ];
  cookies();
  await Promise.all(works);
  await finish();
}

const rows = () => [...root.querySelectorAll("[data-check]")];
const state = (id) => find(`[data-check=${id}]`).dataset.state;

// finish says what can be done here, and numbers what was found: the number is a digest
// of the lines, so that support sees at once whether it holds the same.
async function finish() {
  const can = { file: state("wasm") === "ok", browser: state("wasm") === "ok" && state("storage") === "ok" };
  for (const [name, yes] of Object.entries(can)) find(`[data-can=${name}] [data-answer]`).textContent = (yes ? "✓ " : "! ") + say(yes ? "check.yes" : "check.no");
  await numbered();
  find("[data-after]").hidden = false;
  find("[data-live]").textContent = say("check.over", { ok: rows().filter((r) => r.dataset.state === "ok").length, fix: rows().filter((r) => r.dataset.state === "fix").length });
  root.dataset.ready = "yes";
}

async function numbered() {
  const lines = rows().map((r) => `${r.dataset.check}: ${r.dataset.state} ${r.dataset.facts ?? ""}`.trim());
  lines.push("at: " + new Date().toISOString());
  const text = lines.join("\n");
  const sum = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
  const number = sum.slice(0, 12).toUpperCase().match(/.{4}/g).join("-");
  find("[data-number]").textContent = number;
  find("[data-lines]").textContent = text;
  find("[data-diagnosis]").value = "workplace " + number + "\n" + text;
}

find("[data-copy-number]").addEventListener("click", async ({ currentTarget: button }) => {
  await navigator.clipboard.writeText(find("[data-number]").textContent);
  button.firstChild.textContent = button.dataset.said;
  find("[data-live]").textContent = button.dataset.said;
});

// The real way of a signature: a key, a digest, a signature; the module verifies what it
// made before it gives it out.
find("[data-sign]").addEventListener("click", async ({ currentTarget: button }) => {
  const said = find("[data-signed]");
  said.textContent = say("check.signing");
  button.setAttribute("aria-disabled", "true");
  let made;
  try {
    const { ms } = await timed(async () => {
      made = await engine.call("generate", "gost256-b", say("check.sign.name"));
      const digests = await engine.digests(new Blob([say("check.sign.text")]), ["streebog256"]);
      const signature = await engine.call("signDigest", made.key, digests.streebog256, [made.certificate]);
      if (!signature.length) throw new Error("empty");
    });
    said.textContent = "✓ " + say("check.signed", { ms: number(ms) });
    said.dataset.done = "ok";
  } catch {
    said.textContent = "! " + say("check.not_signed");
    said.dataset.done = "no";
  } finally {
    if (made) await engine.call("forget", made.key).catch(() => {});
    button.removeAttribute("aria-disabled");
  }
});

all();
