import type { Rule } from "../rule";

const leaking = /^random:index\/\w+:Random(Id|Bytes|String|Uuid[47]?)$/;

/** Where secrets come from. */
export const noRandomIds: Rule = {
  name: "no-random-ids",
  what: "Nothing is made with RandomId, RandomBytes, RandomString or RandomUuid.",
  why: "What they make is the resource's id, which is in clear in the state and in every log, whatever is marked secret.",
  fix: "use RandomPassword, whose id says nothing, with the alphabet that is needed",
  check(resource, report) {
    if (leaking.test(resource.type)) report(resource.fields, "its id is its value");
  },
};
