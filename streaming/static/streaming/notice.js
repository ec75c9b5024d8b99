/** Short notices: spoken by the status region, and shown as a toast where there is something to read. */

import { byId, write } from "fx/dom.js";

const SHOWN = 6000;

const spoken = byId("status");
const toast = byId("toast");
let timer = 0;

function hideLater() {
  clearTimeout(timer);
  timer = setTimeout(() => (toast.hidden = true), SHOWN);
}

toast.addEventListener("pointerenter", () => clearTimeout(timer));
toast.addEventListener("pointerleave", hideLater);

/** Speak a text, without showing anything. */
export const say = (text) => write(spoken, text);

/** Show a text for six seconds (longer under the pointer), and speak it. */
export function notify(text) {
  write(toast, text);
  toast.hidden = false;
  say(text);
  hideLater();
}
