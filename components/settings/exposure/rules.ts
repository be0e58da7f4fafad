import { type Fault, removeCommand, setCommand } from "../faults";
import type { Settings } from "../settings";
import { type ApiHost, apiHosts, httpApis, isGce, istioGatewayOf } from "./hosts";
import { ineffective } from "./ineffective";
import type { HttpApi, HttpWay } from "./types";

/** Rules over ways in; each is pure and returns every fault it finds. */

/** A load balancer has to be told of its certificate, in its provider's own words. */
export function balancerTlsRules({ exposure }: Settings): Fault[] {
  return httpApis.flatMap((api) => {
    const way = exposure[api];
    if (way.way !== "loadBalancer" || !way.tls || Object.keys(way.annotations).length > 0) return [];
    const reason = "missing: without the provider's annotation for its certificate the load balancer ends no TLS";
    return [{ path: `exposure.${api}.annotations`, reason, fix: "name the certificate as the provider wants it" }];
  });
}

/** REST and pinning carry credentials, so they leave the Kubernetes cluster with TLS or not at all. */
export function clientWayRules({ exposure, cluster }: Settings): Fault[] {
  const faults: Fault[] = [];
  for (const api of ["rest", "pinning"] as const) {
    const way = exposure[api];
    if (way.way !== "nodePort" && way.way !== "loadBalancer") continue;
    if (way.insecure || (way.way === "loadBalancer" && way.tls)) continue;
    const path = `exposure.${api}.way`;
    const reason = "sends the API's credentials in clear, as nothing there ends TLS";
    const better =
      way.way === "loadBalancer" ? "tls: atLoadBalancer, or ingress, gatewayApi or istio" : "ingress or gatewayApi";
    const fix = `use ${better}; or, on a machine of your own, ${setCommand(`exposure.${api}.insecure`, true)}`;
    faults.push({ path, value: way.way, reason, fix });
  }
  if (exposure.pinning.way !== "clusterIP" && !cluster.pinningService) {
    faults.push({
      path: "exposure.pinning.way",
      value: exposure.pinning.way,
      reason: "the Pinning Service API is off (cluster.pinningService)",
      fix: setCommand("cluster.pinningService", true),
    });
  }
  return faults;
}

/** What kubo's gateway may serve, and who has to ask for it how. */
export function gatewayRules({ gateway, network, exposure, gatewayApi }: Settings): Fault[] {
  const faults: Fault[] = [];
  if (gateway.content === "open" && network === "private") {
    faults.push({
      path: "gateway.content",
      value: "open",
      reason: "a private network has no content but its own",
      fix: setCommand("gateway.content", "restricted"),
    });
  }
  const { way } = exposure.gateway;
  if (
    gateway.credentials &&
    way !== "ingress" &&
    !(way === "gatewayApi" && gatewayApi.implementation === "envoyGateway")
  ) {
    faults.push({
      path: "gateway.credentials",
      value: true,
      reason: `nothing on the way in (exposure.gateway.way ${way}) can ask for them`,
      fix: "use exposure.gateway.way ingress, or gatewayApi with gatewayApi.implementation envoyGateway",
    });
  }
  if ("subdomains" in exposure.gateway && exposure.gateway.subdomains && exposure.gateway.host === undefined) {
    faults.push({
      path: "exposure.gateway.host",
      reason: "missing: subdomains are subdomains of a host",
      fix: setCommand("exposure.gateway.host", "<name>"),
    });
  }
  return faults;
}

/** What each way through a shared proxy needs to be there. */
export function proxyRules(settings: Settings): Fault[] {
  const { exposure, ingressController, gatewayApi } = settings;
  const faults: Fault[] = [];
  const users = (way: ApiHost["way"]) => apiHosts(settings).find((host) => host.way === way);
  const ingress = users("ingress");
  if (ingress && ingressController.install === "none") {
    const reason = `${ingress.path}.way ingress needs one, and it is said not to be there`;
    faults.push({
      path: "ingressController.install",
      value: "none",
      reason,
      fix: setCommand("ingressController.install", "existing"),
    });
  }
  const gatewayUser = users("gatewayApi")?.path ?? (exposure.swarm.way === "gatewayApi" ? "exposure.swarm" : undefined);
  if (gatewayUser && (gatewayApi.class === undefined) === (gatewayApi.existing === undefined)) {
    const both = gatewayApi.class !== undefined;
    faults.push({
      path: both ? "gatewayApi.existing" : "gatewayApi.class",
      reason: both
        ? "a Gateway is either made, of gatewayApi.class, or there already"
        : `missing: ${gatewayUser}.way gatewayApi needs a Gateway of some class, or an existing one`,
      fix: both ? removeCommand("gatewayApi.class") : setCommand("gatewayApi.class", "<gatewayClassName>"),
    });
  }
  for (const api of httpApis) faults.push(...policyFaults(settings, api));
  const client = apiHosts(settings).find(
    ({ use, way }) => way === "gatewayApi" && (use === "rest" || use === "pinning"),
  );
  if (client && gatewayApi.existing && gatewayApi.existing.listener === undefined) {
    faults.push({
      path: "gatewayApi.existing.listener",
      reason: `missing: ${client.path} would be at every listener of that Gateway, those without TLS too`,
      fix: setCommand("gatewayApi.existing.listener", "<name of its listener with TLS>"),
    });
  }
  return faults;
}

/** Gateway API has no field for whom to let in, or how often; Envoy Gateway has. */
function policyFaults({ exposure, gatewayApi }: Settings, api: HttpApi): Fault[] {
  const way = exposure[api];
  if (way.way !== "gatewayApi" || gatewayApi.implementation === "envoyGateway") return [];
  return ineffective(
    { [`exposure.${api}.allowFrom`]: way.allowFrom[0], [`exposure.${api}.requestsPerSecond`]: way.requestsPerSecond },
    "Gateway API has no such field, so it would have no effect",
    `${setCommand("gatewayApi.implementation", "envoyGateway")} if it is one`,
  );
}

/** Annotations that put text into a proxy's configuration, or change what paths mean for a whole host. */
const dangerousAnnotation = /snippet|rewrite|use-regex|app-root|server-alias|custom-http-errors|modsecurity/;

/** What this program sets for every Ingress (a test in components/exposure compares). */
export const ownedAnnotations: ReadonlySet<string> = new Set(
  [
    "ssl-redirect",
    "proxy-body-size",
    "proxy-request-buffering",
    "proxy-buffering",
    "proxy-http-version",
    "proxy-read-timeout",
    "proxy-send-timeout",
    "proxy-next-upstream",
    "whitelist-source-range",
    "limit-rps",
    "limit-connections",
    "auth-type",
    "auth-secret",
    "auth-realm",
  ].map((name) => `nginx.ingress.kubernetes.io/${name}`),
);

/** What would undo `allowFrom`: its other name, which ingress-nginx reads first, and that credentials do instead. */
const undoing: ReadonlySet<string> = new Set(
  ["allowlist-source-range", "satisfy"].map((name) => `nginx.ingress.kubernetes.io/${name}`),
);

/** Annotations of the user's own: none that is dangerous, none that this program sets. */
export function annotationRules({ exposure }: Settings): Fault[] {
  return httpApis.flatMap((api) => {
    const way = exposure[api];
    if (way.way !== "ingress") return [];
    return Object.keys(way.annotations).flatMap((key): Fault[] => {
      const path = `exposure.${api}.annotations["${key}"]`;
      if (ownedAnnotations.has(key)) {
        const reason = "set by this program, for every upload and download to work";
        return [{ path, reason, fix: removeCommand(path) }];
      }
      if (undoing.has(key)) {
        const reason = `whom exposure.${api}.allowFrom keeps out, this would let in`;
        return [{ path, reason, fix: `${removeCommand(path)}, and name who may come in exposure.${api}.allowFrom` }];
      }
      if (!dangerousAnnotation.test(key)) return [];
      const reason = "changes what requests mean for the whole host, or lets text into the proxy's configuration";
      return [{ path, reason, fix: "each API has a host of its own and needs none" }];
    });
  });
}

/** WebSocket is for browsers, which are on the public network. */
export function websocketRules({ exposure, network }: Settings): Fault[] {
  if (exposure.swarm.websocket === undefined || network === "public") return [];
  return [
    {
      path: "exposure.swarm.websocket",
      reason: "browsers can't join a private network",
      fix: removeCommand("exposure.swarm.websocket"),
    },
  ];
}

/** What GKE's own Ingress controller can't do. */
export function gceRules(settings: Settings): Fault[] {
  if (!isGce(settings)) return [];
  const { exposure, cluster, ingressController } = settings;
  const faults: Fault[] = [];
  if (exposure.swarm.websocket?.way === "ingress") {
    faults.push({
      path: "exposure.swarm.websocket.way",
      value: "ingress",
      reason: `a controller of class ${ingressController.class} ends every connection after 30 s`,
      fix: "use gatewayApi, or another controller",
    });
  }
  if (ingressController.install === "install") {
    faults.push({
      path: "ingressController.class",
      value: ingressController.class,
      reason: "that class is GKE's own controller's, and not what would be installed",
      fix: setCommand("ingressController.install", "existing"),
    });
  }
  for (const api of httpApis) faults.push(...withoutEffect(settings, api));
  const checked = (["rest", "pinning"] as const).filter((api) => exposure[api].way === "ingress");
  if (checked.length > 0 && !cluster.metrics) {
    faults.push({
      path: "cluster.metrics",
      value: false,
      reason: `a controller of class ${ingressController.class} asks pods for a 200, which of ipfs-cluster's ports only that of metrics answers without credentials`,
      fix: setCommand("cluster.metrics", true),
    });
  }
  return faults;
}

/** GKE's own controller reads none of ingress-nginx's annotations, which these become. */
function withoutEffect({ exposure, gateway, ingressController }: Settings, api: HttpApi): Fault[] {
  const way = exposure[api];
  if (way.way !== "ingress") return [];
  return ineffective(
    {
      [`exposure.${api}.allowFrom`]: way.allowFrom[0],
      [`exposure.${api}.requestsPerSecond`]: way.requestsPerSecond,
      [`exposure.${api}.connections`]: way.connections,
      ...(api === "gateway" ? { "gateway.credentials": gateway.credentials || undefined } : {}),
    },
    `a controller of class ${ingressController.class} knows no such thing, so it would have no effect`,
    "use another controller",
  );
}

/** Whoever serves an existing class may not know what these settings become. */
function relied({ exposure, gateway }: Settings): boolean {
  const limited = httpApis.some((api) => {
    const way = exposure[api];
    return way.way === "ingress" && (way.allowFrom.length > 0 || way.requestsPerSecond || way.connections);
  });
  return limited || (exposure.gateway.way === "ingress" && gateway.credentials);
}

/** Sentences about ways in that work but deserve a second thought. */
export function exposureWarnings(settings: Settings): string[] {
  const found: string[] = [];
  const { ingressController, exposure } = settings;
  if (ingressController.install === "install" && /(^|\/)ingress-nginx(-[\d.]+\.tgz)?$/.test(ingressController.chart)) {
    found.push(
      "ingress-nginx is retired since March 2026 and gets no security fixes: prefer gatewayApi, or another controller that reads its annotations (ingressController.install existing)",
    );
  }
  const plain = (way: HttpWay) => way.way === "nodePort" || (way.way === "loadBalancer" && !way.tls);
  for (const api of ["rest", "pinning"] as const) {
    if (plain(exposure[api])) found.push(`ipfs-cluster:exposure.${api} sends its credentials in clear`);
  }
  const { gateway } = exposure;
  if (gateway.way === "loadBalancer" && gateway.tls && gateway.subdomains) {
    found.push(
      "ipfs-cluster:exposure.gateway.subdomains leads to http:// unless the load balancer says X-Forwarded-Proto: https, which one that ends TLS for TCP (such as AWS's NLB) does not",
    );
  }
  const owned = apiHosts(settings).filter(({ use, certificate }) => use !== "websocket" && certificate === undefined);
  if (owned.length > 0) {
    const paths = owned.map(({ path }) => path).join(", ");
    found.push(
      `TLS of ${paths} is the business of the existing Gateway's owner: see that it has some, and that nothing is served without`,
    );
  }
  if (ingressController.install === "existing" && !isGce(settings) && relied(settings)) {
    found.push(
      `allowFrom, limits and credentials are annotations of ingress-nginx: see that the controller of class ${ingressController.class} reads them (for Traefik: its provider kubernetesIngressNGINX, not its own class)`,
    );
  }
  const httpIssuer = settings.issuer?.kind === "acme" && !settings.issuer.dns01;
  for (const host of httpIssuer ? apiHosts(settings).filter(({ way, issued }) => way === "istio" && issued) : []) {
    if (istioGatewayOf(settings, host.use).selector.istio === "ingressgateway") continue;
    found.push(
      `the certificate of ${host.path} is proved by HTTP-01 through the mesh's own ingress gateway (istio: ingressgateway): where its host leads to other pods, use tls.issuer.dns01`,
    );
  }
  return found;
}
