/** The connection badge: what the link is, how fast, and the button that holds the page still. */

import { byId, mark, partsOf, write } from "fx/dom.js";
import { clockTime } from "fx/format.js";

const WINDOW = 20;
const LABELS = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  offline: "Offline",
  refused: "Offline",
  paused: "Paused",
};
const ACTIONS = {
  live: "pause updates",
  paused: "resume updates",
  reconnecting: "retry now",
  offline: "retry now",
};

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

export class Badge {
  #latencies = [];

  /** `press()` is called when a reader clicks the badge. */
  constructor(press) {
    this.element = byId("badge");
    this.parts = partsOf(this.element);
    this.icon = document.querySelector("link[rel=icon]");
    this.element.addEventListener("click", press);
  }

  /** Show a state by its name, with the moment it began and the last `seq`. */
  show(name, since, seq) {
    mark(document.documentElement, "data-link", name);
    write(this.parts.label, LABELS[name]);
    write(this.parts.action, ACTIONS[name] ? `, ${ACTIONS[name]}` : "");
    mark(
      this.element,
      "title",
      `${LABELS[name]} since ${clockTime(since)} UTC${seq === null ? "" : `, sequence ${seq}`}`,
    );
    const icon = this.icon.dataset[name === "live" ? "live" : name === "paused" ? "paused" : "lost"];
    mark(this.icon, "href", icon);
    if (name !== "live") this.#latencies = [];
    this.#write("");
  }

  /** Take in how long one frame took from the server to this screen, in milliseconds. */
  measure(latency) {
    this.#latencies.push(Math.max(0, latency));
    if (this.#latencies.length > WINDOW) this.#latencies.shift();
  }

  /** Show the newest figure: the median latency when live, what waits when paused. */
  tick(name, waiting) {
    if (name === "live" && this.#latencies.length) this.#write(`${Math.round(median(this.#latencies))} ms`);
    if (name === "paused") this.#write(waiting ? `${waiting} waiting` : "");
  }

  #write(text) {
    write(this.parts.figure, text);
  }
}
