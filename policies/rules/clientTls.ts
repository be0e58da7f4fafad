import type { Field } from "../field";
import { isKubernetes } from "../pods";
import { clusterPorts, type Port } from "../ports";
import { type Backend, backends, called, follow, isOpen, portOf, targets } from "../routes";
import type { Report, Resource, Rule } from "../rule";
import { clearListeners } from "../tls";

const clientPorts = Object.values(clusterPorts).filter(({ audience }) => audience === "client");
const isClient = (port: Port | undefined): port is Port => clientPorts.some(({ number }) => number === port?.number);

/** Annotations by which a cloud's load balancer ends TLS itself. */
const balancerCertificates = ["service.beta.kubernetes.io/aws-load-balancer-ssl-cert"];

/** What the credentials of the client APIs travel through. */
export const clientTls: Rule = {
  name: "client-apis-need-tls",
  what: "Ways from outside to ipfs-cluster's REST API and Pinning Service API have TLS.",
  why: "They take a password with each request: in clear, everybody on the way reads it.",
  fix: "use a way in with TLS (ingress, gatewayApi, istio): docs/exposure.md",
  check(resource, report) {
    if (isOpen(resource)) checkService(resource, report);
    if (isKubernetes(resource, "Ingress")) checkRedirect(resource, report);
  },
  checkStack(resources, report) {
    for (const route of resources) {
      for (const backend of backends(route)) {
        const direct = portOf(backend.port);
        const [port] = (direct ? [direct] : follow(route, backend, resources)).filter(isClient);
        if (port) checkRoute(route, backend, port, resources, report);
      }
    }
  },
};

function checkService(service: Resource, report: Report): void {
  const annotations = service.fields.at("metadata", "annotations");
  if (balancerCertificates.some((name) => !annotations.at(name).missing)) return;
  for (const { field, port } of targets(service)) {
    if (isClient(port)) report(field, `opens ${called(port)} to the outside, without TLS`);
  }
}

/** Without the redirection, the controller serves the API in clear beside TLS. */
function checkRedirect(ingress: Resource, report: Report): void {
  const redirect = ingress.fields.at("metadata", "annotations", "nginx.ingress.kubernetes.io/ssl-redirect");
  if (!redirect.is("false")) return;
  const [port] = backends(ingress)
    .map((backend) => portOf(backend.port))
    .filter(isClient);
  if (port) report(redirect, `leaves ${called(port)} open in clear`);
}

function checkRoute(route: Resource, backend: Backend, port: Port, all: readonly Resource[], report: Report): void {
  for (const clear of clearListeners(route, backend, all)) {
    report(backend.port, `leads to ${called(port)} from ${describe(clear)}, without TLS`);
  }
}

const describe = ({ owner, path }: Field) => `${owner.title}${path && `, ${path}`}`;
