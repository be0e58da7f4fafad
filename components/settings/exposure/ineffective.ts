import { type Fault, removeCommand, setCommand } from "../faults";
import type { Settings } from "../settings";
import { charts } from "./defaults";
import { apiHosts, othersGateway } from "./hosts";
import type { ChartSettings, LoadBalancerProvider } from "./types";

/** Rules over ways in that somebody has said something of, and nothing would act on it; each is pure and returns every fault it finds. */

/** Faults of those of some settings that have a value. */
export function ineffective(given: Readonly<Record<string, unknown>>, reason: string, instead?: string): Fault[] {
  return Object.entries(given).flatMap(([path, value]) => {
    if (value === undefined) return [];
    const fix = [...(instead ? [instead] : []), removeCommand(path)].join(", or ");
    // What is in a group may be a secret.
    return [{ path, ...(typeof value === "object" ? {} : { value }), reason, fix }];
  });
}

/** Whose load balancers this program can't tell to be inside. */
const noInside: ReadonlySet<LoadBalancerProvider> = new Set(["metallb", "none"]);

/** An address that was to be inside only, and would be whichever there is. */
export function internalRules({ exposure }: Settings): Fault[] {
  return (["swarm", "peer"] as const).flatMap((port) => {
    const way = exposure[port];
    if (way.way !== "loadBalancer" || !noInside.has(way.provider)) return [];
    return ineffective(
      { [`exposure.${port}.internal`]: way.internal || undefined },
      `with provider ${way.provider} it has no effect: the address would be whichever there is, and may be open to the world`,
      `ask for an inside address by exposure.${port}.annotations or exposure.${port}.class instead`,
    );
  });
}

/** A private network has TCP alone. */
export function splitRules({ exposure: { swarm }, network }: Settings): Fault[] {
  if (swarm.way !== "loadBalancer" || network === "public") return [];
  const reason = "on a private network there is TCP alone, so it has no effect";
  return ineffective({ "exposure.swarm.split": swarm.split || undefined }, reason);
}

/** What belongs to the owner of a Gateway that is there already. */
export function ownerRules(settings: Settings): Fault[] {
  const { exposure, gatewayApi } = settings;
  const certificates = apiHosts(settings).flatMap((host) => {
    const owner = othersGateway(settings, host);
    const way: object | undefined = host.use === "websocket" ? exposure.swarm.websocket : exposure[host.use];
    if (owner === undefined || way === undefined || !("certificate" in way)) return [];
    const reason = `TLS is the business of the owner of ${owner}, so it has no effect`;
    return ineffective({ [`${host.path}.certificate`]: way.certificate }, reason);
  });
  const annotated = gatewayApi.existing && Object.keys(gatewayApi.annotations).length > 0;
  return [
    ...certificates,
    ...ineffective(
      { "gatewayApi.annotations": annotated ? gatewayApi.annotations : undefined },
      "they are for a Gateway that this stack makes, and gatewayApi.existing is another's, so they have no effect",
    ),
  ];
}

/** What chart a program would be installed from that is there already. */
export function chartRules({ ingressController, certManager }: Settings): Fault[] {
  return [
    ...existingChart("ingressController", ingressController, charts.ingressController),
    ...existingChart("certManager", certManager, charts.certManager),
    // That of the ingress controller says whom to let in.
    ...(certManager.install === "existing"
      ? ineffective(
          { "certManager.namespace": unlike(charts.certManager.namespace, certManager.namespace) },
          "it is where this stack would install it, and certManager.install is existing",
        )
      : []),
  ];
}

function existingChart(path: string, chart: ChartSettings, usual: Partial<ChartSettings>): Fault[] {
  if (chart.install !== "existing") return [];
  return ineffective(
    {
      [`${path}.chart`]: unlike(usual.chart, chart.chart),
      [`${path}.repository`]: unlike(usual.repository, chart.repository),
      [`${path}.version`]: unlike(usual.version, chart.version),
      [`${path}.values`]: Object.keys(chart.values).length > 0 ? chart.values : undefined,
    },
    `${path}.install is existing, so nothing is installed or changed by it`,
    setCommand(`${path}.install`, "install"),
  );
}

function unlike(usual: string | undefined, value: string | undefined): string | undefined {
  return value === usual ? undefined : value;
}
