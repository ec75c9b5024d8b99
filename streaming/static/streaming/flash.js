/** Flash a cell in the colour of a move, through the Web Animations API: no class is switched, no layout forced. */

const DURATION = 700;
const APART = 250;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const last = new WeakMap();

/** Flash `element` up (1) or down (-1), at most four times a second; a reader who wants no motion gets none. */
export function flash(element, direction) {
  const now = performance.now();
  if (still.matches || now - (last.get(element) ?? -APART) < APART) return;
  last.set(element, now);
  const colour = direction > 0 ? "var(--up-flash)" : "var(--dn-flash)";
  const fade = [{ backgroundColor: colour }, { backgroundColor: "transparent" }];
  element.animate(fade, { duration: DURATION, easing: "ease-out" });
}
