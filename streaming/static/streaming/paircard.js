/** The selected pair: its price in large, both sides, and where the number comes from. */

import { age, clockTime, compare, NONE, pieces, pips, price as priceText } from "fx/format.js";
import { byId, mark, partsOf, write } from "fx/dom.js";
import { flash } from "fx/flash.js";
import { isGood, methodOf, tagOf } from "fx/words.js";

export class PairCard {
  constructor() {
    this.element = byId("pair-card");
    this.parts = partsOf(this.element);
    this.step = byId("path-step");
    this.pair = null;
    this.price = null;
    this.path = "";
  }

  /** Show another pair, and its price when there is one. */
  show(pair, price) {
    this.pair = pair;
    this.price = null;
    this.element.classList.remove("is-loading");
    this.parts.tag.hidden = false;
    this.element.removeAttribute("data-move");
    write(this.parts.symbol, pair.symbol);
    write(this.parts.names, `${pair.base_name} / ${pair.quote_name}`);
    if (price) this.paint(price, undefined);
    else this.#clear();
  }

  /** Show a price of this pair. */
  paint(price, before) {
    this.price = price;
    const [big, middle, small] = pieces(price.mid, this.pair);
    write(this.parts.figure, big);
    write(this.parts.pips, middle);
    write(this.parts.fraction, small);
    write(this.parts.bid, priceText(price.bid, this.pair));
    write(this.parts.ask, priceText(price.ask, this.pair));
    this.#paintSpread(pips(price.spread, this.pair));
    this.#paintTrust(price);
    if (before && before.mid !== price.mid) this.#move(price, before);
  }

  /** Show the age at `now`, or only the clock time when nothing live arrives. */
  tick(now, isLive) {
    if (!this.price) return;
    const moment = Date.parse(this.price.as_of);
    write(this.parts.asOf, `${clockTime(moment)} UTC`);
    write(this.parts.age, isLive ? age(now - moment) : clockTime(moment));
  }

  #paintSpread(text) {
    write(this.parts.spread, text === NONE ? NONE : `${text} pips`);
  }

  #paintTrust(price) {
    const tag = tagOf(price);
    mark(this.element, "data-grade", price.market === "closed" ? "closed" : price.grade);
    write(this.parts.tag, tag ?? methodOf(price));
    mark(this.parts.tag, "data-tag", tag ? "warn" : "method");
    write(this.parts.method, methodOf(price));
    write(
      this.parts.sources,
      price.confidence === "low" ? `${price.sources}, they disagree` : String(price.sources),
    );
    this.#paintPath(price.path);
  }

  #paintPath(path) {
    if (this.path === path.join()) return;
    this.path = path.join();
    const steps = path.slice(1).map((code) => {
      const step = this.step.content.cloneNode(true);
      step.querySelector("[data-part=code]").textContent = code;
      return step;
    });
    this.parts.path.replaceChildren(path[0], ...steps);
  }

  #move(price, before) {
    const direction = compare(price.mid, before.mid);
    if (direction === 0) return;
    mark(this.element, "data-move", direction > 0 ? "up" : "down");
    if (isGood(price)) flash(this.parts.hero, direction);
  }

  #clear() {
    const { figure, pips: twoDigits, fraction, tag, ...rest } = this.parts;
    for (const part of [twoDigits, fraction]) write(part, "");
    for (const part of [rest.bid, rest.ask, rest.spread, rest.method, rest.sources, rest.asOf, rest.age])
      write(part, NONE);
    write(figure, NONE);
    write(tag, "Waiting for the first price");
    mark(tag, "data-tag", "method");
    rest.path.replaceChildren(NONE);
    this.path = "";
  }
}
