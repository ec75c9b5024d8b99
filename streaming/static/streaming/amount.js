/** Read an amount as people type it (1,000.50 or 1.5k) into the plain decimal that the API takes. */

import { GROUP, POINT } from "fx/format.js";

const BLANKS = /[\s'\u2019\u00a0\u202f]/g;
const POWERS = { k: 3, m: 6 };

/** Return the plain decimal a typed amount means, or null where it is no number. */
export function plainAmount(typed) {
  const match = /^([\d.,]+)([km]?)$/i.exec(typed.replace(BLANKS, ""));
  if (!match) return null;
  const plain = withoutGroups(match[1]);
  return /^(\d+\.?\d*|\.\d+)$/.test(plain) ? moved(plain, POWERS[match[2].toLowerCase()] ?? 0) : null;
}

function withoutGroups(text) {
  const mark = pointOf(text);
  const other = mark === "," ? "." : ",";
  return text.replaceAll(other, "").replace(mark, ".");
}

/** With both marks the last one is the point; one alone is, unless it can only be the reader's group mark. */
function pointOf(text) {
  if (text.includes(".") && text.includes(","))
    return text.lastIndexOf(".") > text.lastIndexOf(",") ? "." : ",";
  const mark = text.includes(",") ? "," : ".";
  const isGrouped = mark !== POINT && mark === GROUP && /^\d{1,3}([.,]\d{3})+$/.test(text);
  const isRepeated = text.indexOf(mark) !== text.lastIndexOf(mark);
  return isGrouped || isRepeated ? (mark === "," ? "." : ",") : mark;
}

function moved(plain, power) {
  const [units, fraction = ""] = plain.split(".");
  const digits = (units || "0") + fraction.slice(0, power).padEnd(power, "0");
  const rest = fraction.slice(power);
  return digits.replace(/^0+(?=\d)/, "") + (rest ? `.${rest}` : "");
}
