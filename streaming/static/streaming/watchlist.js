/** The watchlist: which rows there are, which are shown, in what order, and which one is selected. */

import { compare, NONE } from "fx/format.js";
import { byId, press, recall, remember } from "fx/dom.js";
import { Row } from "fx/row.js";

// How the market lists pairs: those with the dollar first, and within them the base that quotes first.
const ORDER = ["EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "CNY", "INR", "JPY"];
const MAJORS = new Set(["EUR", "GBP", "AUD", "NZD", "CAD", "CHF", "JPY"]);

const hasDollar = (pair) => pair.base === "USD" || pair.quote === "USD";
const isMajor = (pair) => hasDollar(pair) && MAJORS.has(pair.base === "USD" ? pair.quote : pair.base);
const FILTERS = { all: () => true, majors: isMajor, crosses: (pair) => !hasDollar(pair) };

const rank = (code) => (ORDER.includes(code) ? ORDER.indexOf(code) : ORDER.length);
const byMarket = (a, b) =>
  Number(hasDollar(b.pair)) - Number(hasDollar(a.pair)) ||
  rank(a.pair.base) - rank(b.pair.base) ||
  rank(a.pair.quote) - rank(b.pair.quote) ||
  a.pair.symbol.localeCompare(b.pair.symbol);

const byDecimal = (field) => (a, b) => compare(a.price?.[field] ?? "0", b.price?.[field] ?? "0");
const COLUMNS = {
  pair: (a, b) => a.pair.symbol.localeCompare(b.pair.symbol),
  mid: byDecimal("mid"),
  bid: byDecimal("bid"),
  ask: byDecimal("ask"),
  spread: (a, b) => compareSpread(a) - compareSpread(b),
  sources: (a, b) => (a.price?.sources ?? 0) - (b.price?.sources ?? 0),
  age: (a, b) => Date.parse(b.price?.as_of ?? 0) - Date.parse(a.price?.as_of ?? 0),
};
// An order only: the column shows the exact pips.
const compareSpread = (row) => (row.price ? Number(row.price.spread) * 10 ** row.pair.pip_position : 0);

export class Watchlist {
  /** `choose(symbol, isClick)` is told when a reader picks a row. */
  constructor(choose) {
    this.choose = choose;
    this.rows = new Map();
    this.selected = null;
    this.body = byId("rows");
    this.template = byId("row");
    this.filters = [...document.querySelectorAll("[data-filter]")];
    this.heads = [...document.querySelectorAll("[data-sort]")];
    this.filter = FILTERS[recall("fx.filter")] ? recall("fx.filter") : "all";
    this.sort = { column: null, isDescending: false };
    this.sight = new IntersectionObserver((seen) => this.#look(seen), { root: byId("watchlist-scroll") });
    this.#listen();
  }

  /** Rebuild the rows for the tracked pairs. */
  build(pairs) {
    this.sight.disconnect();
    this.rows = new Map(pairs.map((pair) => [pair.symbol, new Row(this.template, pair)]));
    this.#arrange();
    for (const row of this.rows.values()) this.sight.observe(row.element);
    this.select(this.selected);
  }

  /** Paint one frame's changes. */
  paint(changes) {
    for (const { price, before } of changes) this.rows.get(price.symbol)?.paint(price, before);
  }

  /** Update the ages. */
  tick(now, isLive) {
    for (const row of this.rows.values()) row.tick(now, isLive);
  }

  /** Mark a row as the selected one. */
  select(symbol) {
    this.rows.get(this.selected)?.element.removeAttribute("aria-current");
    this.selected = symbol;
    this.rows.get(symbol)?.element.setAttribute("aria-current", "true");
  }

  /** Select the next (1) or previous (-1) row that is shown. */
  step(by) {
    const shown = [...this.body.children].filter((row) => !row.hidden);
    const at = shown.findIndex((row) => row.dataset.symbol === this.selected);
    const next = shown[Math.min(Math.max(at + by, 0), shown.length - 1)];
    if (!next) return;
    this.choose(next.dataset.symbol, false);
    next.scrollIntoView({ block: "nearest" });
  }

  /** The first symbol in market order; null without pairs. */
  first() {
    return [...this.rows.values()].sort(byMarket)[0]?.pair.symbol ?? null;
  }

  #arrange() {
    const { column, isDescending } = this.sort;
    const rows = [...this.rows.values()].sort(byMarket);
    if (column) rows.sort(COLUMNS[column]);
    if (isDescending) rows.reverse();
    this.body.replaceChildren(...rows.map((row) => row.element));
    this.#sift();
  }

  #sift() {
    for (const row of this.rows.values()) row.element.hidden = !FILTERS[this.filter](row.pair);
    press(
      this.filters,
      this.filters.find((button) => button.dataset.filter === this.filter),
    );
    const shown = [...this.rows.values()].filter((row) => !row.element.hidden).length;
    byId("pair-count").textContent = this.rows.size ? `${shown} ${shown === 1 ? "pair" : "pairs"}` : NONE;
  }

  // A third press on a head brings back the market's order.
  #sortBy(column) {
    const { column: current, isDescending } = this.sort;
    if (current !== column) this.sort = { column, isDescending: false };
    else this.sort = isDescending ? { column: null, isDescending: false } : { column, isDescending: true };
    for (const head of this.heads)
      head.closest("th").setAttribute("aria-sort", this.#direction(head.dataset.sort));
    this.#arrange();
  }

  #direction(column) {
    if (this.sort.column !== column) return "none";
    return this.sort.isDescending ? "descending" : "ascending";
  }

  #look(seen) {
    for (const { target, isIntersecting } of seen) {
      const row = this.rows.get(target.dataset.symbol);
      if (row) row.isSeen = isIntersecting;
    }
  }

  #listen() {
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-symbol]");
      if (row) this.choose(row.dataset.symbol, true);
    });
    for (const head of this.heads) head.addEventListener("click", () => this.#sortBy(head.dataset.sort));
    for (const button of this.filters) {
      button.addEventListener("click", () => {
        this.filter = button.dataset.filter;
        remember("fx.filter", this.filter);
        this.#sift();
      });
    }
  }
}
