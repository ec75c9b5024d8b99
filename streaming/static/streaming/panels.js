/** What stands in the watchlist's place when there is nothing to list, and what to do about it. */

import { byId, write } from "fx/dom.js";

const PANELS = ["list", "empty", "trouble", "denied"];

/** Show one of `list`, `empty`, `trouble` or `denied`. */
export function showPanel(name) {
  for (const panel of PANELS) byId(`panel-${panel}`).hidden = panel !== name;
  document.documentElement.dataset.panel = name;
}

/** Show why the pairs could not be loaded. */
export function showTrouble(problem) {
  if (problem.status === 401 || problem.status === 403) {
    showPanel("denied");
    return;
  }
  const request = problem.requestId ? ` (request ${problem.requestId})` : "";
  const what = problem.status
    ? `The server answered ${problem.status}${request}.`
    : "The server does not answer.";
  write(byId("trouble-detail"), what);
  showPanel("trouble");
}
