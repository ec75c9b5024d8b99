/** Say in a few words what the API states about a price: how it was made, and how far to trust it. */

const TAGS = { stale: "Stale", expired: "Expired" };
const METHODS = {
  median: "Median",
  weighted: "Weighted mean",
  primary: "Primary source",
  best: "Best of both sides",
  inverse: "Inverse",
  identity: "Identity",
  peg: "Peg",
  manual: "Set by hand",
  reference: "Daily fix",
};

const viaOf = (price) => `via ${price.path.slice(1, -1).join(", ")}`;

/** Return the tag of a price that is not live, or null. A closed market is not a stale price. */
export const tagOf = (price) => (price.market === "closed" ? "Closed" : (TAGS[price.grade] ?? null));

/** Count sources: "3 sources". */
export const countOf = (price) => `${price.sources} ${price.sources === 1 ? "source" : "sources"}`;

/** Name the way a price was made: "Median of 5", "Derived via USD". */
export function methodOf(price) {
  if (price.method === "cross") return `Derived ${viaOf(price)}`;
  if (price.method === "median") return `Median of ${price.sources}`;
  return METHODS[price.method] ?? price.method;
}

/** Name the way without the count, for a column that has it beside: "Median", "via USD". */
export const wayOf = (price) =>
  price.method === "cross" ? viaOf(price) : (METHODS[price.method] ?? price.method);

/** Say where a price comes from in the fewest words: "via USD", "3 sources". */
export const originOf = (price) => (price.method === "cross" ? viaOf(price) : countOf(price));

/** Tell whether the API calls a price good to act on; only such a price flashes. */
export const isGood = (price) => price.grade === "fresh" || price.grade === "aging";
