/** One row of the watchlist: its text nodes, and what a new price does to them. */

import { flash } from "fx/flash.js";
import { age, clockTime, compare, NONE, pieces, pips, price as priceText } from "fx/format.js";
import { mark, partsOf, write } from "fx/dom.js";
import { countOf, isGood, originOf, tagOf, wayOf } from "fx/words.js";

export class Row {
  /** Clone the row template for a pair of `GET /pairs`. */
  constructor(template, pair) {
    this.pair = pair;
    this.price = null;
    this.isSeen = false;
    this.element = template.content.firstElementChild.cloneNode(true);
    this.element.dataset.symbol = pair.symbol;
    this.parts = partsOf(this.element);
    write(this.parts.symbol, pair.symbol);
    write(this.parts.names, `${pair.base_name} / ${pair.quote_name}`);
  }

  /** Show a price, and flash it when the digits on the page moved. */
  paint(price, before) {
    this.price = price;
    const { figure, pips: twoDigits, fraction, bid, ask } = this.parts;
    const [big, middle, small] = pieces(price.mid, this.pair);
    write(figure, big);
    write(twoDigits, middle);
    write(fraction, small);
    write(bid, priceText(price.bid, this.pair));
    write(ask, priceText(price.ask, this.pair));
    this.#paintSpread(pips(price.spread, this.pair));
    this.#paintTrust(price);
    if (before && before.mid !== price.mid) this.#move(price, before);
  }

  /** Show the age at `now`, or the clock time of the price when nothing live arrives. */
  tick(now, isLive) {
    if (!this.price) return;
    const moment = Date.parse(this.price.as_of);
    const text = isLive ? age(now - moment) : clockTime(moment, 5);
    write(this.parts.age, text);
    write(this.parts.brief, `${this.tag ? `${this.tag}, ` : ""}${text} · ${originOf(this.price)}`);
  }

  #paintSpread(text) {
    write(this.parts.spread, text);
    write(this.parts.spreadBrief, text === NONE ? "mid only" : `spread ${text}`);
  }

  #paintTrust(price) {
    this.tag = tagOf(price);
    mark(this.element, "data-grade", price.market === "closed" ? "closed" : price.grade);
    mark(this.element, "data-confidence", price.confidence);
    write(this.parts.tag, this.tag ?? "");
    this.parts.tag.hidden = !this.tag;
    write(this.parts.method, wayOf(price));
    write(this.parts.sources, price.confidence === "low" ? "sources disagree" : countOf(price));
    write(this.parts.origin, originOf(price));
  }

  #move(price, before) {
    const direction = compare(price.mid, before.mid);
    if (direction === 0) return;
    mark(this.element, "data-move", direction > 0 ? "up" : "down");
    if (this.isSeen && isGood(price)) flash(this.parts.mid, direction);
  }
}
