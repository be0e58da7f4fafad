import type { Call } from "../../protocol";
import type { Cluster } from "../cluster/cluster";
import { annotation, annotations, isAnnotated } from "../objects/annotations";
import { type KubernetesObject, kindOf, nameOf } from "../objects/object";
import { deadline } from "./deadline";
import { describeEvent, diagnose } from "./diagnosis";
import { ruleOfExpressions } from "./expression";
import { containerErrors } from "./pod";
import type { ReadinessRule, Verdict } from "./rule";
import { ruleFor } from "./rules";
import { Surroundings } from "./surroundings";

/** The object exists but is not ready, and why. */
export class NotReadyError extends Error {
  constructor(
    message: string,
    readonly object: KubernetesObject,
    readonly reasons: readonly string[],
  ) {
    super(message);
    this.name = "NotReadyError";
  }
}

export interface Wait {
  /** The object as the write left it. */
  readonly object: KubernetesObject;
  /** The object before the write; undefined if it was created. */
  readonly before?: KubernetesObject | undefined;
  /** What the program said, for its annotations. */
  readonly inputs: KubernetesObject;
  readonly timeoutSeconds: number;
}

/** Stragglers among the endpoints of a Service come within this time. */
const settleMs = 10_000;
/** Clocks of the cluster may be this far behind ours. */
const clockSkewMs = 5_000;

/**
 * The object once it is ready.
 *
 * @throws NotReadyError if it fails, is deleted, takes too long or is called off; the error says what stood in the way.
 */
export async function untilReady(cluster: Cluster, wait: Wait, call: Call): Promise<KubernetesObject> {
  const rule = waitRule(wait.inputs);
  if (!rule) return wait.object;
  const surroundings = new Surroundings(cluster, rule, wait.object, wait.before);
  const started = Date.now() - clockSkewMs;
  const verdict = await follow(surroundings, rule, wait, call, started);
  const scene = surroundings.scene(true);
  if (verdict.ready) return scene.object;
  const told = await diagnose(cluster, rule.pods?.(scene) ?? [], surroundings.warnings(started), call.signal);
  throw new NotReadyError(headline(surroundings, verdict, wait, call), scene.object, [...verdict.missing, ...told]);
}

/**
 * Judges an object as it is, without waiting: for a refresh.
 *
 * @throws NotReadyError if it is not ready.
 */
export async function checkReady(
  cluster: Cluster,
  object: KubernetesObject,
  inputs: KubernetesObject,
  call: Call,
): Promise<void> {
  const rule = ruleFor(kindOf(object));
  if (!rule?.onRefresh || isAnnotated(inputs, annotations.skipAwait)) return;
  const surroundings = new Surroundings(cluster, rule, object);
  await surroundings.readOnce(call.signal);
  const scene = surroundings.scene(true);
  const verdict = rule.judge(scene);
  if (verdict.ready) return;
  const told = await diagnose(cluster, rule.pods?.(scene) ?? [], surroundings.warnings(0), call.signal);
  throw new NotReadyError(`${describe(object)} exists but is not ready`, object, [...verdict.missing, ...told]);
}

/** The rule that the inputs ask for, else that of their kind; undefined if there is nothing to wait for. */
function waitRule(inputs: KubernetesObject): ReadinessRule | undefined {
  if (isAnnotated(inputs, annotations.skipAwait)) return undefined;
  const expressions = annotation(inputs, annotations.waitFor);
  return expressions === "" ? ruleFor(kindOf(inputs)) : ruleOfExpressions(expressions);
}

/** The last verdict: ready, failed, or as it stood when the time was up, the object gone or the call aborted. */
async function follow(
  surroundings: Surroundings,
  rule: ReadinessRule,
  { timeoutSeconds }: Wait,
  call: Call,
  started: number,
): Promise<Verdict> {
  const { signal, end } = deadline(call.signal, timeoutSeconds);
  const timers: NodeJS.Timeout[] = [];
  let settled = false;
  let verdict = rule.judge(surroundings.scene(settled));
  let told = "";

  const judge = (): void => {
    verdict = rule.judge(surroundings.scene(settled));
    const status = statusLine(surroundings, rule, verdict, started);
    if (status !== told) call.status(status);
    told = status;
    if (verdict.ready || verdict.failed || surroundings.isGone) end();
  };
  const settle = (): void => {
    settled = true;
    judge();
  };

  try {
    await surroundings.follow((kind, complete) => {
      if (kind === rule.settlesOn) {
        settled = false;
        timers.push(setTimeout(settle, settleMs));
      }
      if (complete) judge();
    }, signal);
  } finally {
    end();
    timers.forEach(clearTimeout);
    call.status("");
  }
  return verdict;
}

/** How far it is, and what seems to be wrong. */
function statusLine(surroundings: Surroundings, rule: ReadinessRule, verdict: Verdict, started: number): string {
  const pods = rule.pods?.(surroundings.scene(true)) ?? [];
  const trouble = pods.flatMap(containerErrors)[0] ?? surroundings.warnings(started).map(describeEvent).at(-1);
  return trouble && !verdict.ready ? `${verdict.progress}; ${trouble}` : verdict.progress;
}

function headline(surroundings: Surroundings, verdict: Verdict, { object, timeoutSeconds }: Wait, call: Call): string {
  const what = describe(object);
  if (verdict.failed) return `${what} failed`;
  if (surroundings.isGone) return `${what} was deleted while it was waited for`;
  if (call.signal.aborted) return `waiting for ${what} was cancelled`;
  return `${what} did not become ready within ${timeoutSeconds} s`;
}

const describe = (object: KubernetesObject) => `${kindOf(object).kind} ${nameOf(object)}`;
