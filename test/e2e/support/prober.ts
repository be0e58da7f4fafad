import { kuboImage } from "../../../components/settings";
import { waitFor } from "../../../local/waitFor";
import type { Stack } from "./stack";

/** Where somebody may try to connect to. */
export interface Place {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Seconds after which a connection that nobody answers counts as refused. */
const patience = 3;

/** A pod in some namespace that does nothing but try. */
export class Prober {
  private constructor(
    private readonly stack: Stack,
    private readonly namespace: string,
    private readonly pod: string,
  ) {}

  /** Starts one with these labels and waits until it runs; its namespace is made if need be. */
  static async start(
    stack: Stack,
    namespace: string,
    pod: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<Prober> {
    const hardened = {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      runAsUser: 10001,
      capabilities: { drop: ["ALL"] },
      seccompProfile: { type: "RuntimeDefault" },
    };
    const manifests = [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: pod, namespace, labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: "prober",
              image: kuboImage,
              imagePullPolicy: "Never",
              // Whoever dials it is answered, so that a connection which is let out is seen to arrive.
              command: ["nc", "-ll", "-p", String(Prober.port), "-e", "true"],
              securityContext: hardened,
            },
          ],
        },
      },
    ];
    for (const manifest of manifests) {
      const exists = manifest.kind === "Namespace" ? ` || kubectl get namespace ${namespace}` : "";
      await stack.shell(`echo '${JSON.stringify(manifest)}' | kubectl create -f -${exists}`);
    }
    const prober = new Prober(stack, namespace, pod);
    await waitFor(`pod ${pod} to run`, 60, () => prober.address());
    return prober;
  }

  /** On which every one of them listens. */
  static readonly port = 7000;

  async address(): Promise<string | undefined> {
    const status = await this.stack.shell(`kubectl -n ${this.namespace} get pod ${this.pod} -o jsonpath='{.status}'`);
    const { phase, podIP } = JSON.parse(status) as { phase: string; podIP?: string };
    return phase === "Running" ? podIP : undefined;
  }

  /** Names of the places that it gets through to. */
  reached(places: readonly Place[]): Promise<string[]> {
    return reachedFrom(this.stack, this.namespace, this.pod, places);
  }
}

/** Names of the places that some pod, whose image has a shell and nc, gets through to; all are tried at once. */
export async function reachedFrom(
  stack: Stack,
  namespace: string,
  pod: string,
  places: readonly Place[],
): Promise<string[]> {
  const dials = places.map(
    ({ name, host, port }) => `{ nc -w ${patience} ${host} ${port} </dev/null >/dev/null 2>&1 && echo '${name}'; } &`,
  );
  const output = await stack.shell(
    `kubectl -n ${namespace} exec ${pod} -- sh -c "$(cat <<'END'\n${dials.join("\n")}\nwait\nEND\n)"`,
  );
  return output.split("\n").filter(Boolean);
}
