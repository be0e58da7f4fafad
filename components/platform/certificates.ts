import { isGce, type Settings } from "../settings";
import type { IssuedHost } from "./certificatePlaces";
import { awaited, type CertificateObject, notAwaited } from "./certManagerObjects";
import { issuerRef } from "./issuer";
import { labels } from "./labels";

/**
 * Certificates can be had without the ways in, so that these may wait for them.
 *
 * Those of an ACME authority can't: it fetches the challenge of HTTP-01 through the way in, which has to be there first, and whose address
 * may have to go into the DNS by hand after the update. Nor is known what an existing issuer needs.
 */
export function certificatesComeFirst({ issuer }: Settings): boolean {
  return issuer?.kind === "selfSigned";
}

/**
 * The Certificate of one host.
 *
 * It is named as its Secret: two stacks that want the same Secret are told so, instead of taking it from each other. When it is renewed is
 * cert-manager's default, a share of the lifetime, as authorities change lifetimes.
 */
export function certificateObject(settings: Settings, host: IssuedHost): CertificateObject {
  const annotations = certificatesComeFirst(settings) ? awaited : notAwaited;
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: {
      name: host.certificate,
      labels: labels(settings.stack),
      annotations: { ...annotations, ...editInPlace(settings, host) },
    },
    spec: {
      secretName: host.certificate,
      issuerRef: issuerRef(settings),
      dnsNames: host.names,
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      usages: ["digital signature", "server auth"],
    },
  };
}

/**
 * A second Ingress for the challenge would have another address than the host's, so the host's own, which has the name of its API, gets the
 * path; and a passing certificate, without which Google's controller makes no load balancer. An Ingress says the same with
 * `acme.cert-manager.io/http01-edit-in-place`. On other controllers the path would be behind the Ingress's own limits.
 */
function editInPlace(settings: Settings, { way, use }: IssuedHost): Record<string, string> {
  const { issuer } = settings;
  const byHttp = way === "ingress" && issuer?.kind === "acme" && issuer.dns01 === undefined;
  if (!byHttp || !isGce(settings)) return {};
  return {
    "acme.cert-manager.io/http01-override-ingress-name": use,
    "cert-manager.io/issue-temporary-certificate": "true",
  };
}
