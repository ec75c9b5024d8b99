/** The banner under the header while nothing live arrives: what happened, since when, and what to do. */

import { byId, partsOf, write } from "fx/dom.js";
import { clockTime } from "fx/format.js";

const LAST = "Showing the last known rates.";

const isShutOut = (state) => state.code === 4401 || state.code === 4403;

function wordsOf(state) {
  const since = state.lostAt ? clockTime(state.lostAt) : "";
  if (isShutOut(state))
    return [state.wasLive ? "Your session ended." : "You are not signed in.", "Sign in to see live rates."];
  if (state.name === "refused")
    return ["The server turned this page away.", "Reload it to get the current version."];
  if (state.name === "offline")
    return [`Offline since ${since} UTC.`, "Rates below are the last known values."];
  if (state.code === 4429) return ["Too many connections from here.", LAST];
  if (!state.wasLive) return ["The rate stream does not answer.", "The page connects by itself."];
  return [`Connection lost at ${since} UTC.`, LAST];
}

export class Banner {
  /** `retry()` is called when a reader does not want to wait. */
  constructor(retry) {
    this.element = byId("banner");
    this.parts = partsOf(this.element);
    this.parts.retry.addEventListener("click", retry);
    this.state = null;
  }

  /** Show what a state of the stream means; a good one hides the banner. */
  show(state) {
    this.state = state;
    const isBad = ["reconnecting", "offline", "refused"].includes(state.name);
    this.element.hidden = !isBad;
    this.element.dataset.kind = state.name === "reconnecting" ? "warn" : "bad";
    // Written only when they change: this part is an alert, and each attempt must not be spoken.
    const [title, detail] = isBad ? wordsOf(state) : ["", ""];
    write(this.parts.title, title);
    write(this.parts.detail, detail);
    this.parts.retry.hidden = state.name === "refused";
    this.parts.signIn.hidden = !isShutOut(state);
    this.tick();
  }

  /** Count down to the next attempt. */
  tick() {
    const { name, retryAt, attempt } = this.state ?? {};
    if (retryAt === undefined) {
      write(this.parts.countdown, "");
      return;
    }
    const seconds = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
    const when = seconds > 0 ? `in ${seconds} s` : "now";
    write(
      this.parts.countdown,
      name === "offline" ? `Next try ${when}.` : `Reconnecting ${when} (attempt ${attempt}).`,
    );
  }
}
