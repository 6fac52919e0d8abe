// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Keys kept in this browser: containers under the holder's password, nothing
// open. A record is {id, serial, file, request, store, stage}; id is the
// application it was made for, stage "made" or "installed".

const open = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open("podpis", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("keys", { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error("no_storage"));
  });

const run = async (mode, act) => {
  const base = await open();
  return new Promise((resolve, reject) => {
    const transaction = base.transaction("keys", mode, { durability: "strict" });
    const request = act(transaction.objectStore("keys"));
    transaction.oncomplete = () => {
      base.close();
      resolve(request.result);
    };
    transaction.onerror = transaction.onabort = () => reject(new Error("no_storage"));
  });
};

export const put = (record) => run("readwrite", (s) => s.put(record));
export const get = (id) => run("readonly", (s) => s.get(id));
export const drop = (id) => run("readwrite", (s) => s.delete(id));
export const list = () => run("readonly", (s) => s.getAll());

// keep asks the browser not to clear the store when space runs short.
export const keep = () => navigator.storage?.persist?.();
