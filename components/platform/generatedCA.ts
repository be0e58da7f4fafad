import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { Settings } from "../settings";
import type { IssuedHost } from "./certificatePlaces";
import { labels } from "./labels";

const hoursPerYear = 365 * 24;
/** Renewed by the first update in its second year. Clients refuse certificates of private authorities beyond 825 days. */
const hostHours = 2 * hoursPerYear;
const authorityHours = 10 * hoursPerYear;

const keyArgs = { algorithm: "ECDSA", ecdsaCurve: "P256" };

/** What the authority's certificate says. */
export function authorityArgs(settings: Settings): Omit<tls.SelfSignedCertArgs, "privateKeyPem"> {
  return {
    subject: { organization: "IPFS Cluster", commonName: settings.namespace.name },
    isCaCertificate: true,
    maxPathLength: 0,
    allowedUses: ["cert_signing", "crl_signing"],
    validityPeriodHours: authorityHours,
    // It must outlive what it signs.
    earlyRenewalHours: hostHours,
  };
}

/** What a host's request says. */
export function requestArgs(host: IssuedHost): Omit<tls.CertRequestArgs, "privateKeyPem"> {
  return { subject: { organization: "IPFS Cluster" }, dnsNames: [...host.names] };
}

/** What the authority grants a host. */
export const grantArgs = {
  allowedUses: ["digital_signature", "server_auth"],
  validityPeriodHours: hostHours,
  earlyRenewalHours: hoursPerYear,
};

/** An authority whose key is in the stack's state alone. */
export interface Authority {
  readonly key: tls.PrivateKey;
  readonly certificate: tls.SelfSignedCert;
}

/** Makes the authority that signs the stack's certificates; whoever uses its hosts has to trust it. */
export function generatedAuthority(name: string, settings: Settings, parent: pulumi.Resource): Authority {
  const key = new tls.PrivateKey(`${name}-ca-key`, keyArgs, { parent });
  const args = { ...authorityArgs(settings), privateKeyPem: key.privateKeyPem };
  return { key, certificate: new tls.SelfSignedCert(`${name}-ca`, args, { parent }) };
}

/**
 * Makes the kubernetes.io/tls Secret of one host, with the authority's certificate behind its own.
 *
 * Nothing renews it but `pulumi up`: a stack that sees none for two years is left with a certificate that is over.
 */
export function generatedCertificate(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  host: IssuedHost,
  authority: Authority,
  parent: pulumi.Resource,
): k8s.core.v1.Secret {
  const role = `${name}-${host.use}-tls`;
  const key = new tls.PrivateKey(`${role}-key`, keyArgs, { parent });
  const request = new tls.CertRequest(
    `${role}-request`,
    { ...requestArgs(host), privateKeyPem: key.privateKeyPem },
    { parent },
  );
  const certificate = new tls.LocallySignedCert(
    `${role}-certificate`,
    {
      ...grantArgs,
      certRequestPem: request.certRequestPem,
      caCertPem: authority.certificate.certPem,
      caPrivateKeyPem: authority.key.privateKeyPem,
    },
    { parent },
  );
  return new k8s.core.v1.Secret(
    role,
    {
      metadata: { namespace, name: host.certificate, labels: labels(settings.stack) },
      type: "kubernetes.io/tls",
      stringData: {
        "tls.crt": pulumi.concat(certificate.certPem, authority.certificate.certPem),
        "tls.key": key.privateKeyPem,
      },
    },
    { parent },
  );
}
