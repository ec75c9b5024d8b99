/** The watchlist's footer: how many prices came in the last minute, and how old the middle one is. */

import { byId, write } from "fx/dom.js";
import { age, local, NONE } from "fx/format.js";

const MINUTE = 60_000;
let counted = [];

/** Count prices that just arrived. */
export function count(prices) {
  counted.push({ at: Date.now(), prices });
}

/** Show the figures at `now` (the server's time) for the prices on the page. */
export function showPulse(prices, now) {
  counted = counted.filter(({ at }) => at > Date.now() - MINUTE);
  const total = counted.reduce((sum, { prices: some }) => sum + some, 0);
  const ages = prices.map((price) => now - Date.parse(price.as_of)).sort((a, b) => a - b);
  write(byId("updates"), local(String(total)));
  write(byId("median-age"), ages.length ? age(ages[Math.floor(ages.length / 2)]) : NONE);
}
