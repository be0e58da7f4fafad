import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { FreeForm } from "../settings";

export interface IssuerRef {
  readonly group: "cert-manager.io";
  readonly kind: "Issuer" | "ClusterIssuer";
  readonly name: string;
}

export interface CertificateSpec {
  readonly secretName: string;
  readonly issuerRef: IssuerRef;
  readonly dnsNames?: readonly string[];
  readonly commonName?: string;
  readonly isCA?: boolean;
  /** A Go duration; default 90 days. */
  readonly duration?: string;
  readonly privateKey: {
    readonly algorithm: "ECDSA";
    readonly size: 256;
    readonly rotationPolicy: "Always" | "Never";
  };
  readonly usages: readonly string[];
}

export interface AcmeSpec {
  readonly server: string;
  readonly email?: string;
  /** Base64 of PEM. */
  readonly caBundle?: string;
  readonly privateKeySecretRef: { readonly name: string };
  readonly solvers: readonly Solver[];
}

export interface Solver {
  readonly selector?: { readonly dnsNames: readonly string[] };
  readonly http01?: FreeForm;
  readonly dns01?: FreeForm;
}

export type IssuerSpec =
  | { readonly selfSigned: Record<string, never> }
  | { readonly ca: { readonly secretName: string } }
  | { readonly acme: AcmeSpec };

interface CertManagerObject<Kind extends string, Spec> {
  readonly apiVersion: "cert-manager.io/v1";
  readonly kind: Kind;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Spec;
}

/** Custom resources of cert-manager, but for their namespace. */
export type IssuerObject = CertManagerObject<"Issuer", IssuerSpec>;
export type CertificateObject = CertManagerObject<"Certificate", CertificateSpec>;

/** The update goes on when cert-manager says Ready, and fails when it doesn't. */
export const awaited = { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "180" };
/** The update goes on when the object is there. */
export const notAwaited = { "pulumi.com/skipAwait": "true" };

/** Creates one of them. */
export function certManagerObject(
  name: string,
  namespace: pulumi.Input<string>,
  { metadata, ...object }: IssuerObject | CertificateObject,
  options: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(name, { ...object, metadata: { ...metadata, namespace } }, options);
}
