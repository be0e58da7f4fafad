import type { Field } from "../field";
import { isKubernetes } from "../pods";
import { clusterPorts, type Port } from "../ports";
import { type Backend, backends, called } from "../routes";
import type { Parameters, Report, Resource, Rule } from "../rule";
import { isOpen, Services, type Target, targets } from "../services";
import { clearListeners } from "../tls";

const clientPorts = Object.values(clusterPorts).filter(({ audience }) => audience === "client");
const isClient = (port: Port | undefined): port is Port => clientPorts.some(({ number }) => number === port?.number);

interface Given {
  /** Annotations of Services by which a cloud's load balancer is given its certificate, and so ends TLS itself. */
  readonly balancerCertificates: readonly string[];
}

const parameters: Parameters = { balancerCertificates: { type: "array", items: { type: "string", minLength: 1 } } };

/** What the credentials of the client APIs travel through. */
export const clientTls: Rule<Given> = {
  name: "client-apis-need-tls",
  what: "Ways from outside to ipfs-cluster's REST API and Pinning Service API have TLS.",
  why: "They take a password with each request: in clear, everybody on the way reads it.",
  fix: "use a way in with TLS (ingress, gatewayApi, istio): docs/exposure.md",
  parameters,
  check(service, report, given) {
    if (!isOpen(service) || endsTls(service, given)) return;
    for (const target of targets(service)) checkTarget(target, report);
  },
  checkStack(resources, report, given) {
    const services = new Services(resources);
    for (const target of services.hiddenTargets()) {
      if (!endsTls(target.service, given)) checkTarget(target, report);
    }
    for (const route of resources) {
      const all = backends(route).map((backend) => ({
        backend,
        port: services.behindBackend(route, backend).find(isClient),
      }));
      for (const { backend, port } of all) if (port) checkRoute(route, backend, port, resources, report);
      checkRedirect(route, all.find(({ port }) => port)?.port, report);
    }
  },
};

function endsTls({ fields }: Resource, { balancerCertificates }: Given): boolean {
  return balancerCertificates.some((name) => !fields.at("metadata", "annotations", name).missing);
}

function checkTarget({ field, port }: Target, report: Report): void {
  if (isClient(port)) report(field, `opens ${called(port)} to the outside, without TLS`);
}

/** Without the redirection, the controller serves the API in clear beside TLS. */
function checkRedirect(route: Resource, port: Port | undefined, report: Report): void {
  if (!isKubernetes(route, "Ingress")) return;
  const redirect = route.fields.at("metadata", "annotations", "nginx.ingress.kubernetes.io/ssl-redirect");
  if (port && redirect.is("false")) report(redirect, `leaves ${called(port)} open in clear`);
}

function checkRoute(route: Resource, backend: Backend, port: Port, all: readonly Resource[], report: Report): void {
  for (const clear of clearListeners(route, backend, all)) {
    report(backend.port, `leads to ${called(port)} from ${describe(clear)}, without TLS`);
  }
}

const describe = ({ owner, path }: Field) => `${owner.title}${path && `, ${path}`}`;
