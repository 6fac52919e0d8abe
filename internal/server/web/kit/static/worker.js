// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The worker that runs a module: the one that signs, or, as worker.js?module=document,
// the one that puts signatures into documents. A message is {id, call, args}; the
// answer {id, result} or {id, error}. Files are read here in parts, so that the
// page stays quick and a large file does not fill the memory.

importScripts("/static/wasm_exec.js");

const ready = new Promise((resolve) => (self.podpisReady = resolve));
const go = new Go();
const module = new URLSearchParams(self.location.search).get("module") === "document" ? "document" : "sign";
WebAssembly.instantiateStreaming(fetch(`/wasm/${module}.wasm`), go.importObject).then(
  ({ instance }) => go.run(instance),
  () => postMessage({ failed: true }),
);

const part = 1 << 20;
const cancelled = new Set();

// digests reads a file once and computes several digests of it. A file that
// cannot be read has changed or is held by another program.
async function digests(id, file, names) {
  const running = names.map((name) => podpis.hashStart(name));
  for (let at = 0; at < file.size; at += part) {
    if (cancelled.delete(id)) throw new Error("cancelled");
    let octets;
    try {
      octets = new Uint8Array(await file.slice(at, at + part).arrayBuffer());
    } catch {
      throw new Error("file");
    }
    if (octets.length === 0) throw new Error("file");
    running.forEach((number) => podpis.hashWrite(number, octets));
    postMessage({ id, done: at + octets.length, of: file.size });
  }
  return Object.fromEntries(names.map((name, i) => [name, podpis.hashSum(running[i])]));
}

onmessage = async ({ data: { id, call, args } }) => {
  if (call === "cancel") return cancelled.add(args[0]);
  try {
    await ready;
    const result = call === "digests" ? await digests(id, ...args) : podpis[call](...args);
    if (result?.error) throw new Error(result.error);
    postMessage({ id, result });
  } catch (error) {
    postMessage({ id, error: error.message || "internal" });
  }
};
