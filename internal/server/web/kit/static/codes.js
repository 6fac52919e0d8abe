// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Recovery codes: printing and copying, which need a script.

const copy = document.querySelector("[data-copy-codes]");
copy.hidden = false;
copy.addEventListener("click", async () => {
  const codes = [...document.querySelectorAll("[data-codes] li")].map((item) => item.textContent);
  await navigator.clipboard.writeText(codes.join("\n"));
  document.querySelector("[data-copied]").textContent = copy.textContent = copy.dataset.said;
});

const print = document.querySelector("[data-print]");
print.hidden = false;
print.addEventListener("click", () => window.print());
