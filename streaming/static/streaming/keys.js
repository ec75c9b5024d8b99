/** Single-key shortcuts: off while typing, and off for good where the reader says so (WCAG 2.1.4). */

import { byId, recall, remember } from "fx/dom.js";

const OFF = "fx.keys";
const isTyping = (target) => target.closest("input, select, textarea, [contenteditable], dialog") !== null;

/** Listen for keys; `actions` maps a lower-case key to what it does. The dialog lists them. */
export function startKeys(actions) {
  const dialog = byId("keys");
  const toggle = byId("keys-on");
  toggle.checked = recall(OFF) !== "off";
  toggle.addEventListener("change", () => remember(OFF, toggle.checked ? null : "off"));
  byId("keys-open").addEventListener("click", () => dialog.showModal());
  byId("keys-close").addEventListener("click", () => dialog.close());
  document.addEventListener("keydown", (event) => {
    if (!toggle.checked || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const action = event.key === "?" ? () => dialog.showModal() : actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
