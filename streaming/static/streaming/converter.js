/** The converter: the server's own answer to `GET /convert`, asked again while prices move. Nothing is computed here. */

import { plainAmount } from "fx/amount.js";
import { get } from "fx/api.js";
import { byId, mark, partsOf, press, write } from "fx/dom.js";
import { clockTime, local, NONE } from "fx/format.js";
import { notify } from "fx/notice.js";

const TYPING = 250;
const REFRESH = 3000;
const RECHECK = 10_000;
const UNREADABLE = "Enter an amount such as 1,000.50 or 2k.";

export class Converter {
  #asked = null;
  #timer = 0;
  #askedAt = 0;
  #seq = null;
  #quietUntil = 0;
  #isAnswerable = true;

  constructor() {
    this.element = byId("convert-card");
    this.parts = partsOf(this.element);
    this.sides = [...this.element.querySelectorAll("[data-side]")];
    this.side = "mid";
    this.answer = null;
    this.isLive = false;
    this.#listen();
  }

  /** Fill the two lists: tracked currencies first, then the others that some source covers. */
  fill(currencies, pairs) {
    const tracked = new Set(pairs.flatMap(({ base, quote }) => [base, quote]));
    const others = currencies.filter(
      ({ code, active, sources }) => active && sources.length && !tracked.has(code),
    );
    for (const select of [this.parts.from, this.parts.to]) {
      const chosen = select.value;
      const first = groupOf(
        "Tracked",
        currencies.filter(({ code }) => tracked.has(code)),
      );
      select.replaceChildren(first, groupOf("All others", others));
      select.value = chosen;
    }
    this.ask();
  }

  /** Follow the stream: ask again when a new `seq` has come, at most every three seconds; without one, to see its age. */
  tick(seq, isLive) {
    if (this.isLive !== isLive) {
      this.isLive = isLive;
      this.#paintRate();
    }
    const isDue = Date.now() >= Math.max(this.#askedAt + REFRESH, this.#quietUntil);
    const isNews = seq !== this.#seq || Date.now() >= this.#askedAt + RECHECK;
    if (isLive && isDue && isNews && this.#isAnswerable && !document.hidden) {
      this.#seq = seq;
      this.ask();
    }
  }

  /** Ask the server now; a newer question withdraws the one under way. */
  async ask() {
    clearTimeout(this.#timer);
    const { from, to } = this.parts;
    const amount = plainAmount(this.parts.amount.value);
    this.#askedAt = Date.now();
    this.#asked?.abort();
    if (amount === null) return this.#refuse(UNREADABLE, true);
    if (!from.value || !to.value) return;
    this.#asked = new AbortController();
    const query = { from: from.value, to: to.value, amount, side: this.side };
    try {
      this.#take(await get("/convert", query, this.#asked.signal));
    } catch (problem) {
      if (problem.name !== "AbortError") this.#fail(problem);
    }
  }

  #take(answer) {
    this.answer = answer;
    this.#isAnswerable = true;
    this.#complain("");
    write(this.parts.result, local(answer.result));
    this.parts.copy.disabled = !navigator.clipboard; // Absent on plain http beyond this computer.
    this.#paintRate();
  }

  #paintRate() {
    if (!this.answer) return;
    const { from, to, rate, price } = this.answer;
    const asOf = this.isLive && !price.stale ? "" : `, as of ${clockTime(Date.parse(price.as_of))} UTC`;
    write(this.parts.rate, `1 ${from} = ${local(rate)} ${to}${asOf}`);
  }

  // What cannot be reached keeps its last answer; what the server refuses has none.
  #fail(problem) {
    this.#isAnswerable = problem.status === 0 || problem.status === 429 || problem.status >= 500;
    if (problem.retryAfter) this.#quietUntil = Date.now() + problem.retryAfter * 1000;
    if (problem.status === 0 && this.answer) return this.#paintRate();
    const field = problem.errors.find((error) => error.field === "amount");
    this.#refuse(field?.detail ?? problem.message, Boolean(field) || problem.code === "invalid_amount");
  }

  #refuse(text, isAmount) {
    this.answer = null;
    write(this.parts.result, NONE);
    write(this.parts.rate, "");
    this.parts.copy.disabled = true;
    this.#complain(text, isAmount);
  }

  #complain(text, isAmount = false) {
    write(this.parts.problem, text);
    this.parts.problem.hidden = text === "";
    mark(this.parts.amount, "aria-invalid", isAmount ? "true" : null);
  }

  #swap() {
    const { from, to } = this.parts;
    [from.value, to.value] = [to.value, from.value];
    this.ask();
  }

  async #copy() {
    await navigator.clipboard.writeText(this.answer.result);
    notify(`Copied ${this.answer.result} ${this.answer.to}.`);
  }

  #listen() {
    const { amount, from, to, swap, copy } = this.parts;
    amount.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.ask(), TYPING);
    });
    amount.addEventListener("blur", () => this.#tidy());
    for (const select of [from, to]) select.addEventListener("change", () => this.ask());
    swap.addEventListener("click", () => this.#swap());
    copy.addEventListener("click", () => this.#copy());
    for (const button of this.sides) {
      button.addEventListener("click", () => {
        this.side = button.dataset.side;
        press(this.sides, button);
        this.ask();
      });
    }
  }

  // Shows how the amount was read, so that 1,5 and 1.5k leave no doubt.
  #tidy() {
    const amount = plainAmount(this.parts.amount.value);
    if (amount !== null) this.parts.amount.value = local(amount.includes(".") ? amount : `${amount}.00`);
  }
}

function groupOf(label, currencies) {
  const group = document.createElement("optgroup");
  group.label = label;
  group.append(...currencies.map(({ code, name }) => Object.assign(new Option(code, code), { title: name })));
  return group;
}
