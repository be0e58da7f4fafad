import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "../platform";
import type { Settings } from "../settings";
import { type GivenAddresses, nothingGiven, peerAddresses, swarmAddresses } from "./announce";
import { replacedByClass } from "./apiService";
import { givenAddresses } from "./balancerStatus";
import { type PerPeerService, type PerPeerUse, perPeerServices } from "./perPeerServices";
import { swarmRoutes } from "./swarmRoutes";
import { websocketIngress, websocketRoutes } from "./websocket";

export interface PerPeerArgs {
  readonly namespace: pulumi.Input<string>;
  readonly settings: Settings;
  /** What routes and Ingresses wait for: controllers, their resource definitions, the Gateway. */
  readonly after: readonly pulumi.Resource[];
}

/** Where peers are reached from outside, by ordinal; multiaddresses without ids, none where nothing leads to a peer. */
export interface PerPeerWays {
  /** Of those that don't run yet too, as far as the settings name addresses. */
  readonly swarm: readonly pulumi.Output<string[]>[];
  readonly peer: readonly pulumi.Output<string[]>[];
}

/**
 * The ways in to each peer by itself. The Services exist before any pod, as kubo is told its addresses before it starts.
 *
 * @throws (when it is deployed) if a load balancer gets no address within five minutes; the error says so.
 */
export function perPeerWaysIn(name: string, args: PerPeerArgs, parent: pulumi.Resource): PerPeerWays {
  const { settings } = args;
  const running = Array.from({ length: settings.replicas }, (_, ordinal) => ordinal);
  const reached = (use: PerPeerUse, addresses: typeof swarmAddresses) =>
    running.map((ordinal) =>
      opened(name, args, use, ordinal, parent).apply((given) => addresses(settings, ordinal, given)),
    );
  routed(name, args, parent);
  const later = Array.from({ length: settings.identities - settings.replicas }, (_, more) =>
    pulumi.output(swarmAddresses(settings, settings.replicas + more, nothingGiven)),
  );
  return { swarm: [...reached("swarm", swarmAddresses), ...later], peer: reached("peer", peerAddresses) };
}

/** Makes the Services of one peer. Returns the addresses they are given. */
function opened(
  name: string,
  { namespace, settings }: PerPeerArgs,
  use: PerPeerUse,
  ordinal: number,
  parent: pulumi.Resource,
): pulumi.Output<GivenAddresses> {
  const given = perPeerServices(settings, use, ordinal).map((service) => {
    const made = serviceOf(name, namespace, settings, service, parent);
    return service.spec.type === "LoadBalancer" ? givenAddresses(made) : pulumi.output<string[]>([]);
  });
  // Where there are two, the second is UDP's.
  return pulumi.all(given).apply(([first = [], second = first]) => ({ tcp: first, udp: second }));
}

function serviceOf(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  service: PerPeerService,
  parent: pulumi.Resource,
): k8s.core.v1.Service {
  const { annotations, role, spec } = service;
  return new k8s.core.v1.Service(
    `${name}-${service.name}`,
    { metadata: { name: service.name, namespace, labels: labels(settings.stack, role), annotations }, spec },
    // The provider waits for the load balancer's address, not for pods: there are none yet. Where nobody gives addresses, not for ever.
    { parent, customTimeouts: { create: "5m", update: "5m" }, ...replacedByClass },
  );
}

/** Makes what leads through shared proxies: routes of TCP and UDP, and of WebSocket. */
function routed(name: string, { namespace, settings, after }: PerPeerArgs, parent: pulumi.Resource): void {
  const options = { parent, dependsOn: [...after] };
  for (const { metadata, ...object } of [...swarmRoutes(settings), ...websocketRoutes(settings)]) {
    new k8s.apiextensions.CustomResource(
      `${name}-${object.kind.toLowerCase()}-${metadata.name}`,
      { ...object, metadata: { ...metadata, namespace } },
      options,
    );
  }
  const ingress = websocketIngress(settings);
  if (ingress) {
    const { metadata, spec } = ingress;
    new k8s.networking.v1.Ingress(`${name}-${metadata.name}`, { metadata: { ...metadata, namespace }, spec }, options);
  }
}
