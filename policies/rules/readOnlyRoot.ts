import { allContainers } from "../pods";
import type { Rule } from "../rule";

/** Programs that nobody can replace where they are. */
export const readOnlyRoot: Rule = {
  name: "read-only-root",
  what: "No container can write to its image's file system.",
  why: "Who breaks in can't leave a program there, and what is written there is lost with the container anyway.",
  fix: "set securityContext.readOnlyRootFilesystem to true, and mount a volume where something must be written",
  check(resource, report) {
    for (const container of allContainers(resource)) {
      const field = container.at("securityContext", "readOnlyRootFilesystem");
      if (field.isNot(true)) report(field, "is not true");
    }
  },
};
