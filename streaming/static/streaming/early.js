// Runs before the first paint, so that a chosen theme never flashes in after the system's.
// A classic script on purpose: modules wait for the document.
try {
  const chosen = localStorage.getItem("fx.theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be forbidden to this page; the system's theme stands.
}
