import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { settingsOfStackFile } from "../../components/settings";
import { type Graph, type Run, runProgram } from "../support/graph";

const graphs = new Map<string, Promise<Graph>>();
let last: Promise<unknown> = Promise.resolve();

/** The graph of stack `prod-eu` with these settings. */
export function graphOf(settings: Run["settings"], run: Omit<Run, "settings" | "stack"> = {}): Promise<Graph> {
  return graph({ ...run, settings, stack: "prod-eu" });
}

/** The graph that one of the repository's stack files makes. */
export function graphOfStackFile(stack: string, run: Omit<Run, "settings" | "stack"> = {}): Promise<Graph> {
  const file = parse(readFileSync(join(__dirname, "..", "..", `Pulumi.${stack}.yaml`), "utf8"));
  return graph({ ...run, settings: settingsOfStackFile(file), stack });
}

/** Each is made once for all tests that ask for it, one after the other, as Pulumi's runtime is the process's own. */
function graph(run: Run): Promise<Graph> {
  const key = JSON.stringify(run);
  let made = graphs.get(key);
  if (made === undefined) {
    made = last.then(() => runProgram(run));
    graphs.set(key, made);
    last = made.catch(() => undefined);
  }
  return made;
}
