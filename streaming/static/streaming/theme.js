/** The theme: the system's, until the reader switches. Switching back to the system's forgets the choice. */

import { byId, mark, remember } from "fx/dom.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const root = document.documentElement;
const system = () => (dark.matches ? "dark" : "light");
const current = () => root.dataset.theme ?? system();

function label() {
  mark(byId("theme"), "aria-label", current() === "dark" ? "Use the light theme" : "Use the dark theme");
  mark(root, "data-shown", current());
}

/** Switch between light and dark. */
export function switchTheme() {
  const next = current() === "dark" ? "light" : "dark";
  const choice = next === system() ? null : next;
  mark(root, "data-theme", choice);
  remember("fx.theme", choice);
  label();
}

/** Follow the button and the system. */
export function startTheme() {
  byId("theme").addEventListener("click", switchTheme);
  dark.addEventListener("change", label);
  label();
}
