import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { apisOf } from "../network";
import type { HttpApi, Settings } from "../settings";
import { apiService, proxyService, replacedByClass, type ServiceObject } from "./apiService";
import { type Balanced, givenAddresses } from "./balancerStatus";
import { gatewayCredentials } from "./credentials";
import type { CustomObject } from "./customObject";
import { type DnsRecord, dnsNames, dnsRecord } from "./dns";
import { gatewayRoutes, ownGateway } from "./gatewayApi";
import { backendConfigs } from "./gce";
import { type IngressObject, ingresses } from "./ingress";
import { istioObjects } from "./istio";
import { meshObjects } from "./mesh";
import { swarmListeners } from "./swarmRoutes";
import { apiUrl } from "./urls";

export interface HttpWaysArgs {
  readonly namespace: pulumi.Input<string>;
  readonly settings: Settings;
  /**
   * What the ways in wait for: controllers and their resource definitions; and the workloads, as a load balancer has five minutes for its
   * address and for ready pods behind it.
   */
  readonly after: readonly pulumi.Resource[];
}

/** What leads to the HTTP APIs. */
export interface HttpWays {
  /** Of each API; undefined where it can't be reached from outside, or nobody has named the place. */
  readonly urls: Readonly<Record<HttpApi, pulumi.Output<string | undefined> | undefined>>;
  /** The names to make in DNS, where ExternalDNS does not. */
  readonly dnsRecords: pulumi.Output<DnsRecord[]>;
}

/**
 * The ways in to the gateway, the REST API and the Pinning Service API: a Service for each, and in front of it what `exposure` asks for.
 *
 * - Security: through a proxy only the API's own paths are served, always with TLS. REST and pinning want their own credentials behind it.
 * - Immutable after create: a load balancer's class.
 *
 * @throws (when it is deployed) if a load balancer gets no address within five minutes; the error says so.
 */
export function httpWaysIn(name: string, args: HttpWaysArgs, parent: pulumi.Resource): HttpWays {
  const { settings, namespace, after } = args;
  const credentials = gatewayCredentials(name, namespace, settings, parent);
  const services = new Map(
    apisOf(settings).map((api) => [api, service(name, args, apiService(settings, api), parent)] as const),
  );
  const proxy = proxyService(settings);
  if (proxy) service(name, args, proxy, parent);
  // Nothing to wait for: whoever asks for them has Istio, or is on GKE, and no pod is to run a moment without its policies.
  for (const object of [...meshObjects(settings), ...backendConfigs(settings)]) custom(name, args, object, { parent });

  const behind = { parent, dependsOn: [...after, ...services.values(), ...credentials] };
  const own = ownGateway(settings, swarmListeners(settings));
  const attached = own ? { parent, dependsOn: [...behind.dependsOn, custom(name, args, own, behind)] } : behind;
  for (const object of gatewayRoutes(settings)) custom(name, args, object, attached);
  for (const object of istioObjects(settings)) custom(name, args, object, behind);
  const ingress = new Map(ingresses(settings).map((each) => [each.metadata.name, made(name, args, each, behind)]));

  return { urls: urls(settings, services), dnsRecords: records(settings, { Service: services, Ingress: ingress }) };
}

/** A load balancer has a deadline, and ready pods are part of what Pulumi waits for. */
function service(
  name: string,
  { namespace, after }: HttpWaysArgs,
  { metadata, spec }: ServiceObject,
  parent: pulumi.Resource,
): k8s.core.v1.Service {
  return new k8s.core.v1.Service(
    `${name}-${metadata.name}`,
    { metadata: { ...metadata, namespace }, spec },
    { parent, dependsOn: spec.type === "LoadBalancer" ? [...after] : [], ...replacedByClass },
  );
}

function made(
  name: string,
  { namespace }: HttpWaysArgs,
  { metadata, spec }: IngressObject,
  options: pulumi.CustomResourceOptions,
): k8s.networking.v1.Ingress {
  return new k8s.networking.v1.Ingress(
    `${name}-${metadata.name}`,
    { metadata: { ...metadata, namespace }, spec },
    options,
  );
}

function custom(
  name: string,
  { namespace }: HttpWaysArgs,
  { metadata, ...object }: CustomObject,
  options: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    `${name}-${metadata.name}`,
    { ...object, metadata: { ...metadata, namespace: metadata.namespace ?? namespace } },
    options,
  );
}

function urls(settings: Settings, services: ReadonlyMap<HttpApi, k8s.core.v1.Service>): HttpWays["urls"] {
  const url = (api: HttpApi) => {
    const service = services.get(api);
    return (
      service &&
      pulumi
        .all([firstAddress(service), service.spec])
        .apply(([address, spec]) => apiUrl(settings, api, { address, nodePort: spec?.ports?.[0]?.nodePort }))
    );
  };
  return { gateway: url("gateway"), rest: url("rest"), pinning: url("pinning") };
}

/** Only Services and Ingresses say where they are; a Gateway's controller does later, behind Pulumi's back. */
type Addresses = Readonly<Record<"Service" | "Ingress", ReadonlyMap<string, Balanced>>>;

function records(settings: Settings, addresses: Addresses): pulumi.Output<DnsRecord[]> {
  return pulumi.all(
    dnsNames(settings).map((wanted) => {
      const { kind, name = "" } = wanted.target;
      const resource = kind === "Service" || kind === "Ingress" ? addresses[kind].get(name) : undefined;
      return pulumi
        .output(resource && firstAddress(resource))
        .apply((address: string | undefined) => dnsRecord(wanted, address));
    }),
  );
}

function firstAddress(resource: Balanced): pulumi.Output<string | undefined> {
  return givenAddresses(resource).apply(([first]: readonly (string | undefined)[]) => first);
}
