/** One view at a time on a phone: the tab bar says which. Wider screens show them all. */

import { byId } from "fx/dom.js";

const tabs = [...document.querySelectorAll("[data-tab]")];

/** Show a view: `rates`, `pair` or `convert`. */
export function view(name) {
  byId("main").dataset.view = name;
  for (const tab of tabs) {
    if (tab.dataset.tab === name) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

/** Follow the tab bar. */
export function startView() {
  for (const tab of tabs) tab.addEventListener("click", () => view(tab.dataset.tab));
}
