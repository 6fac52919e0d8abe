// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// The worker that runs the judging module. A message is {id, call, args}; the answer
// {id, result} or {id, error}, and meanwhile {id, stage} and {id, done, of}. Files are
// read by the module where they lie. The saved page runs the same script, with the
// module given to it and nobody to ask.

if (!self.Go) importScripts("/static/wasm_exec.js");

const ready = new Promise((resolve) => (self.podpisReady = resolve));
const rounds = 4; // questions of one check
let saved = false; // the saved page: no network
let clock; // of what is judged by, and when it was read
let working = 0;

self.podpisProgress = (done, of) => postMessage({ id: working, done, of });

// Minutes east of Greenwich at a moment, in a zone.
function offsetIn(zone) {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  return (ms) => {
    const name = parts.formatToParts(new Date(ms)).find((p) => p.type === "timeZoneName").value;
    const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(name) ?? [0, "+", 0, 0];
    return (sign === "-" ? -1 : 1) * (60 * hours + Number(minutes));
  };
}

const known = (result) => {
  if (result?.error) throw new Error(result.error);
  return result;
};

const toBase64 = (octets) => {
  let text = "";
  for (const o of octets) text += String.fromCharCode(o);
  return btoa(text);
};

// unpack reads what the saved page holds: base64 of gzip.
async function unpack(text) {
  const octets = Uint8Array.fromBase64?.(text.trim()) ?? Uint8Array.from(atob(text.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// load starts the module: {language, texts, zone, name, training, module, bundle}. A module and a
// bundle are those of the saved page.
async function load({ language, texts, zone, name, training, module, bundle }) {
  if (!self.podpis) {
    const go = new Go();
    const { instance } = module
      ? await WebAssembly.instantiate(await unpack(module), go.importObject)
      : await WebAssembly.instantiateStreaming(fetch("/wasm/verify.wasm"), go.importObject);
    go.run(instance);
    await ready;
  }
  known(podpis.speak(language, JSON.stringify(texts), offsetIn(zone), name, training));
  if (bundle) {
    saved = true;
    return known(podpis.add(await unpack(bundle)));
  }
}

const encoder = new TextEncoder();

function take(bundle) {
  const { made } = known(podpis.add(encoder.encode(JSON.stringify(bundle))));
  clock = { made, at: performance.now() };
}

// The clock is that of the installation; the saved page has only that of the device.
const now = () => (saved ? Date.now() : clock.made + performance.now() - clock.at);

async function answer(address, body) {
  const headers = { Accept: "application/json" };
  const response = await fetch(address, body ? { method: "POST", body: JSON.stringify(body), headers } : { headers });
  const content = await response.json();
  if (!response.ok) throw new Error(content.field === "code" ? "code" : "refused");
  return content;
}

// check judges files and asks what is not known here: {files: [{name, blob}], proof}.
async function check(id, { files, proof }) {
  working = id;
  let left = "nothing";
  let unreachable = false;
  let pass;
  podpis.begin();
  if (!saved) {
    postMessage({ id, stage: "verify" });
    try {
      take(await answer("/verify/evidence"));
    } catch (error) {
      if (!(error instanceof TypeError) || !clock) throw error;
      unreachable = true;
    }
  }
  const judge = (dry) => known(podpis.judge(files, now(), dry, left));

  // ask sends certificates, and nothing else, to learn what they are judged by.
  async function ask(missing) {
    if (saved || unreachable) return podpis.silence();
    try {
      if (!pass && !proof) {
        const challenge = await answer("/verify/guard");
        if (challenge.mode === "work") {
          postMessage({ id, stage: "robot" });
          proof = { work: known(podpis.prove(challenge.token, challenge.bits)) };
        }
      }
      postMessage({ id, stage: "ask" });
      left = "certificates";
      const told = await answer("/verify/evidence", { certificates: missing.map(toBase64), pass, ...proof });
      pass = told.pass;
      take(told.bundle);
    } catch (error) {
      if (!(error instanceof TypeError) && error.message !== "refused") throw error;
      unreachable = true;
      podpis.silence();
    }
  }

  let report;
  async function complete(dry) {
    report = judge(dry);
    for (let i = 0; i < rounds && report.missing.length; i++) {
      await ask(report.missing.slice(0, 32));
      report = judge(dry);
    }
  }
  await complete(true);
  if (report.pair) {
    postMessage({ id, stage: "hash" });
    await complete(false);
  }
  const { title, html, verdict, json } = report;
  return { title, html, verdict, json, unreachable };
}

// prove does the work for a request that the page itself sends.
async function prove() {
  const challenge = await answer("/verify/guard");
  return challenge.mode === "work" ? known(podpis.prove(challenge.token, challenge.bits)) : "";
}

onmessage = async ({ data: { id, call, args } }) => {
  try {
    postMessage({ id, result: await { load, check, prove }[call](...(call === "check" ? [id, ...args] : args)) });
  } catch (error) {
    postMessage({ id, error: error instanceof TypeError ? "network" : error.message || "internal" });
  }
};
