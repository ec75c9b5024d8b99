/** Touch the document as little as possible: text nodes and attributes, and only when they differ. */

/** Find the element with this id. */
export const byId = (id) => document.getElementById(id);

/** Collect the descendants named by `data-part`, as `{ name: element }`. */
export function partsOf(root) {
  return Object.fromEntries(
    [...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]),
  );
}

/** Set an element's text through its one text node. */
export function write(element, text) {
  if (!element.firstChild) element.append("");
  if (element.firstChild.nodeValue !== text) element.firstChild.nodeValue = text;
}

/** Set or remove an attribute; null removes it. */
export function mark(element, name, text) {
  if (text === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Show which one of a group of buttons is on. */
export function press(buttons, chosen) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
}

/** Read a setting kept by this browser; null where there is none or storage is forbidden. */
export function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Keep a setting in this browser; null forgets it. A page without storage just forgets at once. */
export function remember(name, text) {
  try {
    if (text === null) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
  } catch {
    // Private windows may refuse; the setting then lasts as long as the page.
  }
}
