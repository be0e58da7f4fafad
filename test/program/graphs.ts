import { type Graph, type Run, runProgram } from "../support/graph";

const graphs = new Map<string, Promise<Graph>>();
let last: Promise<unknown> = Promise.resolve();

/**
 * The graph of stack `prod-eu` with these settings. Each is made once for all tests that ask for it, one after the other, as Pulumi's
 * runtime is the process's own.
 */
export function graphOf(settings: Run["settings"], run: Omit<Run, "settings" | "stack"> = {}): Promise<Graph> {
  const key = JSON.stringify([settings, run]);
  let graph = graphs.get(key);
  if (graph === undefined) {
    graph = last.then(() => runProgram({ ...run, settings, stack: "prod-eu" }));
    graphs.set(key, graph);
    last = graph.catch(() => undefined);
  }
  return graph;
}
