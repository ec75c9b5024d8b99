// Show what an interval costs a month while it is typed; the server checks it again on saving.

const interval = document.getElementById("id_interval_seconds");
const plan = document.getElementById("id_requests_per_month");

if (interval && plan) {
  const shown = document.createElement("output");
  shown.htmlFor = "id_interval_seconds id_requests_per_month";
  interval.after(shown);

  const show = () => {
    const polls = Math.ceil(Number(interval.dataset.monthSeconds) / Number(interval.value));
    const cost = polls * Number(interval.dataset.requests);
    const allowed = plan.value ? ` of ${Number(plan.value).toLocaleString("en")}` : "";
    shown.textContent = Number.isFinite(cost) ? `${cost.toLocaleString("en")}${allowed} requests a month` : "";
  };

  interval.addEventListener("input", show);
  plan.addEventListener("input", show);
  show();
}
