// A shop's page to try the tag on: its attributes as fields, its events as a list.

const EVENTS = [
  "ready",
  "state",
  "piece.changed",
  "snapshot.created",
  "snapshot.shared",
  "measure.completed",
  "consultation.submitted",
  "cart.requested",
  "track",
  "error",
  "close",
];

const named = new URLSearchParams(location.search);
const tag = document.createElement("crown-tryon");
const form = document.querySelector("form");
const list = document.querySelector("ol");

tag.setAttribute("key", named.get("key"));
tag.toggleAttribute("cart", true);
tag.toggleAttribute("share", true);
for (const field of form.elements) {
  field.value = named.get(field.name) || field.value;
  if (field.value) tag.setAttribute(field.name, field.value);
}
for (const type of EVENTS) {
  tag.addEventListener(type, ({ detail }) => {
    const line = document.createElement("li");
    line.textContent = `${type} ${JSON.stringify(detail)}`;
    list.prepend(line);
  });
}

const show = () => {
  document.querySelector("pre").textContent =
    `<script async src="${location.origin}/embed/v1.js"></script>\n${tag.outerHTML}`;
};
form.addEventListener("change", ({ target }) => {
  tag.set({ [target.name]: target.value || null });
  show();
});
form.addEventListener("submit", (event) => event.preventDefault());
document.querySelector("section").append(tag);
customElements.whenDefined("crown-tryon").then(() => tag.consent({ analytics: true }));
show();
