// Days as people write them, and what is possible by one.

import { number, say, shownLanguage } from "./words.js";

const DAY_MS = 86_400_000;

/** A day `2027-05-29` in words. */
export const day = (iso) =>
  new Intl.DateTimeFormat(shownLanguage(), { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${iso}T00:00:00Z`));

/** A moment in words, in the reader's own time. */
export const moment = (iso) => new Intl.DateTimeFormat(shownLanguage(), { dateStyle: "long", timeStyle: "short" }).format(new Date(iso));

/** The day so many days from today, as `2027-05-29`. */
export const daysLater = (days) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

/** What the atelier answers to a date, as one sentence. */
export function answerWords({ answer, begin_by: begin, ready_on: ready, slack_days: slack }, date) {
  return say(`request.possible.${answer}`, {
    date: day(date),
    begin: begin ? day(begin) : "",
    ready: ready ? day(ready) : "",
    days: number(Math.abs(slack)),
  });
}
