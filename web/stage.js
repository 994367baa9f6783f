// In which light she looks at herself, and from where: a strip at the foot that leaves the mirror in sight.

import { el } from "./element.js";
import { say } from "./words.js";

/** As in tryon.types. */
export const STAGES = ["room", "ballroom", "daylight", "spot", "flash"];

/** Whether a picture is anything but her own room, near by. */
export const isStaged = ({ light, far }) => light !== "room" || far;

/** The lights to choose from, and the tenth row; `set` is told each choice. */
export function stageChoice(now, set) {
  const stage = { ...now };
  const tell = (change) => set(Object.assign(stage, change) && { ...stage });
  const light = (name) =>
    el(
      "label",
      { class: "choice-of" },
      el("input", { type: "radio", name: "stage-light", value: name, checked: name === stage.light, onchange: () => tell({ light: name }) }),
      el("span", {}, say(`stage.light.${name}`)),
    );
  const far = el(
    "button",
    {
      type: "button",
      role: "switch",
      class: "switch",
      "aria-checked": String(stage.far),
      onclick: () => {
        tell({ far: !stage.far });
        far.ariaChecked = String(stage.far);
      },
    },
    say("stage.far"),
  );
  return [
    el("fieldset", { class: "choices" }, el("legend", {}, say("stage.light")), el("div", { class: "choices-row" }, ...STAGES.map(light))),
    far,
  ];
}

/** Let her choose, over the page's foot. */
export function chooseStage(root, now, set) {
  const close = () => dialog.close();
  const dialog = el(
    "dialog",
    { class: "sheet stage-sheet", "aria-labelledby": "stage-title", onclose: () => dialog.remove() },
    el("h2", { id: "stage-title" }, say("stage.title")),
    ...stageChoice(now, set),
    el("p", { class: "doing" }, say("stage.note")),
    el("button", { type: "button", class: "primary", onclick: close }, say("more.close")),
  );
  root.append(dialog);
  dialog.showModal();
}
