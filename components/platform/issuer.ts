import { createHash } from "node:crypto";
import { type HostedWay, type Issuer, isGce, type Settings } from "../settings";
import type { CertificatePlace, IssuedHost } from "./certificatePlaces";
import {
  awaited,
  type CertificateObject,
  type IssuerObject,
  type IssuerRef,
  type IssuerSpec,
  type Solver,
} from "./certManagerObjects";
import { labels } from "./labels";

type AcmeIssuer = Extract<Issuer, { kind: "acme" }>;

/** Whom the stack's Certificates name as their issuer. */
export function issuerRef(settings: Settings): IssuerRef {
  const { issuer } = settings;
  if (issuer?.kind !== "existing") return ownIssuer(nameOf(settings));
  return { ...ownIssuer(issuer.name), kind: issuer.scope === "cluster" ? "ClusterIssuer" : "Issuer" };
}

/**
 * What makes up the stack's issuer in a namespace, by role, each after the one before; nothing where another's is used.
 *
 * Issuers of a namespace, not of the Kubernetes cluster: another tenant can't have certificates in this stack's name.
 */
export function issuerObjects(
  settings: Settings,
  place: CertificatePlace,
): Record<string, IssuerObject | CertificateObject> {
  const { issuer } = settings;
  switch (issuer?.kind) {
    case "selfSigned":
      return selfSignedObjects(settings);
    case "acme": {
      const name = nameOf(settings);
      return { issuer: issuerObject(settings, name, { acme: acmeSpec(settings, name, issuer, place.hosts) }) };
    }
    default:
      return {};
  }
}

/**
 * Of the issuer, and the start of the names around it: unique in the Kubernetes cluster, as an Istio gateway's namespace is shared.
 *
 * Another authority has another name, as cert-manager has a certificate signed again only where its issuer's name is another.
 */
function nameOf({ namespace, issuer }: Settings): string {
  if (issuer?.kind !== "acme") return namespace.name;
  return `${namespace.name}-acme-${createHash("sha256").update(issuer.server).digest("hex").slice(0, 8)}`;
}

function ownIssuer(name: string): IssuerRef {
  return { group: "cert-manager.io", kind: "Issuer", name };
}

function issuerObject(settings: Settings, name: string, spec: IssuerSpec): IssuerObject {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Issuer",
    metadata: { name, labels: labels(settings.stack), annotations: awaited },
    spec,
  };
}

/** An Issuer that signs the authority's certificate, and the Issuer that is this authority. */
function selfSignedObjects(settings: Settings): Record<string, IssuerObject | CertificateObject> {
  const name = nameOf(settings);
  const [root, authority] = [`${name}-self-signed`, `${name}-ca`];
  return {
    "issuer-self-signed": issuerObject(settings, root, { selfSigned: {} }),
    "issuer-ca": {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: authority, labels: labels(settings.stack), annotations: awaited },
      spec: {
        secretName: authority,
        issuerRef: ownIssuer(root),
        isCA: true,
        commonName: name,
        // Ten years, and the same key after a renewal: people have told their machines to trust it.
        duration: "87600h",
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
        usages: ["cert sign", "crl sign"],
      },
    },
    issuer: issuerObject(settings, name, { ca: { secretName: authority } }),
  };
}

function acmeSpec(settings: Settings, name: string, issuer: AcmeIssuer, hosts: readonly IssuedHost[]) {
  return {
    server: issuer.server,
    ...(issuer.email === undefined ? {} : { email: issuer.email }),
    ...(issuer.caBundle === undefined ? {} : { caBundle: Buffer.from(issuer.caBundle).toString("base64") }),
    privateKeySecretRef: { name: `${name}-account` },
    solvers: issuer.dns01 ? [{ dns01: issuer.dns01 }] : http01Solvers(settings, hosts),
  };
}

/** A challenge must come through the very way in that its host has. */
function http01Solvers(settings: Settings, hosts: readonly IssuedHost[]): Solver[] {
  const ways = [...new Set(hosts.map(({ way }) => way))];
  return ways.map((way) => ({
    selector: { dnsNames: hosts.filter((host) => host.way === way).flatMap(({ names }) => names) },
    http01: http01Solver(settings, way),
  }));
}

/** It replaces cert-manager's own as a whole, so that it is `restricted`'s in a cluster-wide cert-manager of other opinions too. */
const podTemplate = {
  spec: { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } },
};

function http01Solver(settings: Settings, way: HostedWay["way"]): Solver["http01"] {
  const { class: ingressClassName } = settings.ingressController;
  const inCluster = { serviceType: "ClusterIP", podTemplate };
  switch (way) {
    case "ingress":
      // GCE's load balancers reach the solver through a node port, which is cert-manager's default.
      return {
        ingress: isGce(settings) ? { ingressClassName, podTemplate } : { ingressClassName, ...inCluster },
      };
    case "gatewayApi":
      // The listener without TLS of the stack's Gateway: at a Gateway of others, certificates are its owner's.
      return {
        gatewayHTTPRoute: { parentRefs: [{ name: "gateway", kind: "Gateway", sectionName: "http" }], ...inCluster },
      };
    case "istio":
      // By the old annotation, which Istio heeds without an IngressClass object.
      return { ingress: { class: "istio", ...inCluster } };
  }
}
