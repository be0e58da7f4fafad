import { parseQuantity } from "./quantity";
import type { Amounts, WorkloadSettings } from "./workload";

interface Given {
  readonly requests?: Partial<Amounts>;
  readonly limits?: Partial<Amounts>;
}

/** Default resources with what a stack file gives over them: a limit below the default request means the request too. */
export function resourcesWithin(
  sizes: WorkloadSettings["resources"],
  given: Given = {},
): WorkloadSettings["resources"] {
  const limits = { ...sizes.limits, ...given.limits };
  return { requests: { ...smaller(sizes.requests, limits), ...given.requests }, limits };
}

function smaller(one: Amounts, other: Amounts): Amounts {
  const least = (name: keyof Amounts) =>
    parseQuantity(one[name]) <= parseQuantity(other[name]) ? one[name] : other[name];
  return { cpu: least("cpu"), memory: least("memory"), "ephemeral-storage": least("ephemeral-storage") };
}
