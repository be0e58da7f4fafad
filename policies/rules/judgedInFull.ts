import type { Rule } from "../rule";
import { unjudged } from "../unjudged";

/** Says what other rules could not say; so it is the last one. */
export const judgedInFull: Rule = {
  name: "judged-in-full",
  what: "Every rule could be applied to every value.",
  why: "A preview does not know what is yet to be made, such as new secrets, and rules say nothing of what they don't know.",
  fix: "nothing is to be done: the update knows the value, and rules judge it before they let anything be made of it",
  checkStack(_resources, report) {
    for (const { field, rules } of unjudged.take()) {
      report(field, `is not known yet, and not judged by ${[...rules].join(", ")}`);
    }
  },
};
