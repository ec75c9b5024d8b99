/** Keep the newest price of every pair, and hand over what changed once per animation frame. */

export class Board {
  #newest = new Map();
  #shown = new Map();
  #changed = new Set();
  #paint;
  #frame = 0;
  #isPaused = false;

  /** `paint` gets `[{ price, before }]`; `before` is the price last painted, or undefined. */
  constructor(paint) {
    this.#paint = paint;
    this.waiting = 0;
  }

  /** Take over newer prices; a burst for one pair costs one painting. */
  put(prices) {
    for (const price of prices) {
      this.#newest.set(price.symbol, price);
      this.#changed.add(price.symbol);
    }
    if (this.#isPaused) this.waiting += prices.length;
    this.#schedule();
  }

  /** Take over a full snapshot: a pair that is not in it has no price any more. */
  replace(prices) {
    this.#newest.clear();
    this.put(prices);
  }

  /** Mark pairs whose grade the server changed without a new price; an expired one is stale already. */
  regrade(symbols, grade) {
    const known = symbols.map((symbol) => this.#newest.get(symbol)).filter(Boolean);
    const isNews = (price) => price.grade !== grade && !(grade === "stale" && price.grade === "expired");
    this.put(known.filter(isNews).map((price) => ({ ...price, grade })));
  }

  /** The price of a pair as it is on the page; undefined before the first. */
  get(symbol) {
    return this.#shown.get(symbol);
  }

  /** Every price on the page. */
  all() {
    return [...this.#shown.values()];
  }

  /** Freeze the page; what arrives meanwhile waits. */
  pause() {
    this.#isPaused = true;
    this.waiting = 0;
  }

  /** Go on, with the newest of what waited. */
  resume() {
    this.#isPaused = false;
    this.waiting = 0;
    this.#schedule();
  }

  /** Paint everything again: the rows have been rebuilt. */
  repaint() {
    for (const symbol of this.#newest.keys()) this.#changed.add(symbol);
    this.#schedule();
  }

  // A hidden tab runs no animation frames, so nothing is painted there and nothing piles up.
  #schedule() {
    if (this.#isPaused || this.#frame || this.#changed.size === 0) return;
    this.#frame = requestAnimationFrame(() => this.#flush());
  }

  #flush() {
    this.#frame = 0;
    if (this.#isPaused) return;
    const changes = [...this.#changed].map((symbol) => ({
      price: this.#newest.get(symbol),
      before: this.#shown.get(symbol),
    }));
    this.#changed.clear();
    this.#shown = new Map(this.#newest);
    this.#paint(changes.filter(({ price }) => price));
  }
}
