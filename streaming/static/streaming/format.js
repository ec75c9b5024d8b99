/** Write rates, amounts and times for people. A rate is a decimal string and stays one: no float holds a shown digit. */

const LATIN = { numberingSystem: "latn" };
const whole = new Intl.NumberFormat(undefined, { ...LATIN, maximumFractionDigits: 0 });
const sample = new Intl.NumberFormat(undefined, { ...LATIN, useGrouping: true }).formatToParts(1234567.8);

/** The reader's decimal point and digit group mark. */
export const POINT = sample.find((part) => part.type === "decimal")?.value ?? ".";
export const GROUP = sample.find((part) => part.type === "group")?.value ?? ",";
export const NONE = "\u2013";
const MINUS = "\u2212";

function digitsOf(text) {
  const [units, fraction = ""] = text.replace("-", "").split(".");
  return { negative: text.startsWith("-"), units, fraction };
}

function isRoundedUp(kept, rest) {
  if (rest === "" || rest[0] < "5") return false;
  const isHalf = rest[0] === "5" && !/[1-9]/.test(rest.slice(1));
  return !isHalf || kept % 2n === 1n;
}

/** Round a plain decimal half to even, to exactly `places` decimals. */
export function rounded(text, places) {
  const { negative, units, fraction } = digitsOf(text);
  const kept = BigInt(units + fraction.slice(0, places).padEnd(places, "0"));
  const digits = (isRoundedUp(kept, fraction.slice(places)) ? kept + 1n : kept)
    .toString()
    .padStart(places + 1, "0");
  const point = digits.length - places;
  const sign = negative && /[1-9]/.test(digits) ? "-" : "";
  return sign + digits.slice(0, point) + (places > 0 ? `.${digits.slice(point)}` : "");
}

/** Multiply a plain decimal by 10 to the `power` by moving its point. */
export function shifted(text, power) {
  const { negative, units, fraction } = digitsOf(text);
  const digits = units + fraction.padEnd(power, "0");
  const point = units.length + power;
  const moved = digits.slice(0, point).replace(/^0+(?=\d)/, "");
  const rest = digits.slice(point);
  return (negative ? "-" : "") + moved + (rest ? `.${rest}` : "");
}

/** Order two plain decimals: -1, 0 or 1. */
export function compare(left, right) {
  const places = Math.max(digitsOf(left).fraction.length, digitsOf(right).fraction.length);
  const [a, b] = [left, right].map((text) => BigInt(rounded(text, places).replace(".", "")));
  return a < b ? -1 : Number(a > b);
}

/** Write a plain decimal in the reader's way, every digit kept. */
export function local(text) {
  const { negative, units, fraction } = digitsOf(text);
  return (negative ? MINUS : "") + whole.format(BigInt(units)) + (fraction ? POINT + fraction : "");
}

/** Write a rate with the pair's number of decimals. */
export const price = (text, pair) => local(rounded(text, pair.price_decimals));

/** Write a spread in pips, to a tenth; a dash where no source publishes two sides. */
export function pips(spread, pair) {
  return compare(spread, "0") === 0 ? NONE : local(rounded(shifted(spread, pair.pip_position), 1));
}

/** Cut a rate into `[figure, pips, fraction]`: two digits of pips, and what is finer than a pip. */
export function pieces(text, pair) {
  const shown = price(text, pair);
  const end = shown.length - Math.max(0, pair.price_decimals - pair.pip_position);
  let start = end;
  for (let digits = 0; start > 0 && digits < 2;) {
    start -= 1;
    if (shown[start] >= "0" && shown[start] <= "9") digits += 1;
  }
  return [shown.slice(0, start), shown.slice(start, end), shown.slice(end)];
}

/** Write an age in milliseconds as people say it. */
export function age(elapsed) {
  const seconds = Math.floor(elapsed / 1000);
  if (seconds < 60) return `${Math.max(0, seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** Write a moment (milliseconds) as UTC clock time, to the second or the minute. */
export const clockTime = (moment, length = 8) => new Date(moment).toISOString().slice(11, 11 + length);
