import type { types } from "@pulumi/kubernetes";
import { portOf, servedBy } from "../network";
import { labels } from "../platform";
import { type ApiHost, isGce, type Settings } from "../settings";
import { type HostedApi, hostedApis } from "./api";
import { gatewayRealm, gatewayUsersSecret } from "./credentials";
import { externalDnsAnnotations } from "./externalDns";
import { servedAt } from "./paths";
import { requestProfile } from "./profile";

/** An Ingress without a namespace. */
export interface IngressObject {
  readonly metadata: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  };
  readonly spec: types.input.networking.v1.IngressSpec;
}

/** The Ingresses of all APIs whose way in it is, by the API's name: one each, subdomain hosts included. */
export function ingresses(settings: Settings): IngressObject[] {
  return hostedApis(settings, "ingress").map((hosted) => ({
    metadata: {
      name: ingressName(hosted.api),
      labels: labels(settings.stack, servedBy(settings, hosted.api)),
      annotations: {
        ...hosted.way.annotations,
        ...profileAnnotations,
        ...accessAnnotations(settings, hosted),
        ...awaitAnnotations(settings),
        ...externalDnsAnnotations(settings, hosted.host.names),
        // GKE's controller goes by nothing else, and would serve everything in clear too.
        ...(isGce(settings)
          ? {
              "kubernetes.io/ingress.class": settings.ingressController.class,
              "kubernetes.io/ingress.allow-http": "false",
            }
          : {}),
      },
    },
    spec: {
      ...(isGce(settings) ? {} : { ingressClassName: settings.ingressController.class }),
      tls: [{ hosts: [...hosted.host.names], secretName: hosted.host.certificate }],
      rules: rules(hosted),
    },
  }));
}

function rules({ api, host }: HostedApi<"ingress">): types.input.networking.v1.IngressRule[] {
  const backend = { service: { name: api, port: { number: portOf(api).number } } };
  return servedAt(api, host).flatMap(({ names, prefixes }) =>
    names.map((name) => ({
      host: name,
      http: { paths: prefixes.map((path) => ({ path, pathType: "Prefix", backend })) },
    })),
  );
}

/** Name of the Ingress for a host. */
export function ingressName(use: ApiHost["use"]): string {
  return use === "websocket" ? "swarm-websocket" : use;
}

/** Of ingress-nginx's annotations only those that Traefik's kubernetesIngressNGINX provider reads as well. */
export const nginx = (annotations: Readonly<Record<string, string | number>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, String(value)]),
  );

const onOff = (on: boolean) => (on ? "on" : "off");

const profileAnnotations = nginx({
  // Credentials don't cross the network in clear, whatever the controller's default is.
  "ssl-redirect": "true",
  "proxy-body-size": requestProfile.bodyLimit,
  "proxy-request-buffering": onOff(requestProfile.bufferRequests),
  "proxy-buffering": onOff(requestProfile.bufferResponses),
  "proxy-http-version": requestProfile.httpVersion,
  "proxy-read-timeout": requestProfile.idleSeconds,
  "proxy-send-timeout": requestProfile.idleSeconds,
  "proxy-next-upstream": onOff(requestProfile.retries > 0),
});

function accessAnnotations(settings: Settings, { api, way }: HostedApi<"ingress">): Record<string, string> {
  return nginx({
    ...(way.allowFrom.length > 0 ? { "whitelist-source-range": way.allowFrom.join(",") } : {}),
    ...(way.requestsPerSecond === undefined ? {} : { "limit-rps": way.requestsPerSecond }),
    ...(way.connections === undefined ? {} : { "limit-connections": way.connections }),
    ...(api === "gateway" && settings.gateway.credentials
      ? { "auth-type": "basic", "auth-secret": gatewayUsersSecret, "auth-realm": gatewayRealm }
      : {}),
  });
}

/** Seconds in which a controller that this stack installs has its own address. */
const addressSeconds = 300;

/** Pulumi waits for an address in the Ingress's status. Only of a controller of its own does this program know that it says one. */
function awaitAnnotations({ ingressController }: Settings): Record<string, string> {
  return ingressController.install === "install"
    ? { "pulumi.com/timeoutSeconds": String(addressSeconds) }
    : { "pulumi.com/skipAwait": "true" };
}
