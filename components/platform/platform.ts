import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { type CertificatePlace, certificatePlaces } from "./certificatePlaces";
import { certificateObject, certificatesComeFirst } from "./certificates";
import { certManager } from "./certManager";
import { certManagerObject } from "./certManagerObjects";
import { generatedAuthority, generatedCertificate } from "./generatedCA";
import { ingressNginx } from "./ingressNginx";
import { issuerObjects } from "./issuer";

/** What the Kubernetes cluster has for the ways in. */
export interface Platform {
  /** What objects that need controllers, their webhooks and definitions, or certificates wait for. */
  readonly ready: pulumi.Resource[];
  /** PEM; whom to trust where Pulumi made the authority. Not secret. */
  readonly caCertificate?: pulumi.Output<string>;
}

/** A place with its namespace as resources want it: the stack's own may be yet to be created. */
type Place = CertificatePlace & { readonly target: pulumi.Input<string>; readonly suffix: string };

/**
 * Brings what the stack's ways in need and its settings say to bring: controllers, and certificates with who signs them.
 *
 * Security: private keys are in Kubernetes Secrets, and those of a generated authority, encrypted, in the stack's state too.
 *
 * @param namespace the stack's own.
 */
export function platform(
  name: string,
  settings: Settings,
  namespace: pulumi.Input<string>,
  parent: pulumi.Resource,
): Platform {
  const manager = certManager(name, settings, parent);
  const controllers = [ingressNginx(name, settings, parent), manager].filter((each) => each !== undefined);
  const places = certificatePlaces(settings).map((place): Place => {
    const own = place.namespace === settings.namespace.name;
    return { ...place, target: own ? namespace : place.namespace, suffix: own ? "" : `-${place.namespace}` };
  });
  if (settings.issuer?.kind === "generated") {
    const { secrets, caCertificate } = generated(name, settings, places, parent);
    return { ready: [...controllers, ...secrets], caCertificate };
  }
  const after = manager ? [manager] : [];
  const certificates = places.flatMap((place) => issued(name, settings, place, after, parent));
  return { ready: [...controllers, ...(certificatesComeFirst(settings) ? certificates : [])] };
}

function generated(
  name: string,
  settings: Settings,
  places: readonly Place[],
  parent: pulumi.Resource,
): { secrets: pulumi.Resource[]; caCertificate?: pulumi.Output<string> } {
  if (places.length === 0) return { secrets: [] };
  const authority = generatedAuthority(name, settings, parent);
  const secrets = places.flatMap(({ target, hosts }) =>
    hosts.map((host) => generatedCertificate(name, target, settings, host, authority, parent)),
  );
  return { secrets, caCertificate: authority.certificate.certPem };
}

/** The issuer of a place and, once it can sign, its Certificates. */
function issued(
  name: string,
  settings: Settings,
  place: Place,
  after: readonly pulumi.Resource[],
  parent: pulumi.Resource,
): pulumi.Resource[] {
  let dependsOn = [...after];
  for (const [role, object] of Object.entries(issuerObjects(settings, place))) {
    dependsOn = [certManagerObject(`${name}-${role}${place.suffix}`, place.target, object, { parent, dependsOn })];
  }
  return place.hosts.map((host) =>
    certManagerObject(`${name}-${host.use}-certificate`, place.target, certificateObject(settings, host), {
      parent,
      dependsOn,
    }),
  );
}
