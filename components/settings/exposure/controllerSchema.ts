import { z } from "zod";
import { annotations, dnsLabel, dnsName, freeForm, labelKey, labelValue } from "../forms";

/** What a stack file may say about those who carry the ways in: certificates' issuers, controllers, Gateways, a mesh. */

const chart = (namespace: string) => ({
  install: z
    .enum(["install", "existing", "none"])
    .optional()
    .describe(
      "install: by this stack; existing: the Kubernetes cluster has it; none: not used. Default install where needed",
    ),
  namespace: dnsLabel.optional().describe(namespace),
  chart: z
    .string()
    .min(1)
    .optional()
    .describe("a chart's name in `repository`, an oci:// reference, or the path of a local archive"),
  repository: z.url().optional().describe("chart repository; none for an oci:// reference or a local archive"),
  version: z
    .string()
    .regex(/^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.-]+)?$/, "must be an exact version such as 4.15.1")
    .optional(),
  values: freeForm.optional().describe("further Helm values, merged over this program's own"),
});

const email = z.email().describe("where the authority writes about certificates that are about to expire");
const dns01 = freeForm
  .optional()
  .describe(
    "a cert-manager DNS-01 solver, such as {route53: {region: eu-west-1}}; wanted for wildcards. Default HTTP-01",
  );

const issuer = z.discriminatedUnion(
  "kind",
  [
    z
      .strictObject({ kind: z.literal("generated") })
      .describe("a CA made by Pulumi; certificates are made with every update that needs it"),
    z.strictObject({ kind: z.literal("selfSigned") }).describe("a CA made and kept by cert-manager"),
    z.strictObject({
      kind: z.literal("letsEncrypt"),
      email,
      staging: z
        .boolean()
        .optional()
        .describe("certificates for trying, which no browser trusts. Default false in prod, else true"),
      dns01,
    }),
    z.strictObject({
      kind: z.literal("acme"),
      server: z.url({ protocol: /^https$/ }).describe("the directory of any ACME authority"),
      email: email.optional(),
      caBundle: z
        .string()
        .regex(/^-----BEGIN CERTIFICATE-----\n[\s\S]*-----END CERTIFICATE-----\n*$/, "must be certificates in PEM form")
        .optional()
        .describe("whom to trust as that server, in PEM form"),
      dns01,
    }),
    z.strictObject({
      kind: z.literal("existing"),
      name: dnsName,
      scope: z.enum(["cluster", "namespace"]).optional().describe("ClusterIssuer or Issuer. Default cluster"),
    }),
  ],
  {
    error: (issue) =>
      issue.code === "invalid_union" ? "must be generated, selfSigned, letsEncrypt, acme or existing" : undefined,
  },
);

const istioGateway = z
  .strictObject({
    existing: z
      .string()
      .regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, 'must be "<namespace>/<name>"')
      .optional()
      .describe("a Gateway object to use; absent: one is made"),
    namespace: dnsLabel
      .optional()
      .describe("where the gateway's pods run, and so its certificates. Default istio-ingress"),
    selector: z
      .record(labelKey, labelValue)
      .optional()
      .describe("labels of the gateway's pods. Default istio: ingressgateway"),
    serviceAccount: dnsName
      .optional()
      .describe("of the gateway's pods, the only ones let in with istio.mesh. Default: any of their namespace"),
  })
  .optional();

export const controllerSections = {
  tls: z.strictObject({ issuer: issuer.optional() }).optional().describe("who signs certificates for hosts"),
  ingressController: z
    .strictObject({
      ...chart("of the Helm release, or where the existing one runs"),
      class: dnsName.optional().describe("ingressClassName. Default nginx"),
    })
    .optional()
    .describe("for APIs whose way is ingress; ingress-nginx where this stack installs it"),
  certManager: z.strictObject(chart("of the Helm release")).optional().describe("for every tls.issuer but generated"),
  gatewayApi: z
    .strictObject({
      implementation: z
        .enum(["envoyGateway", "other"])
        .optional()
        .describe(
          "whose policies may be used for limits and credentials, which Gateway API itself has not. Default other",
        ),
      namespace: dnsLabel
        .optional()
        .describe(
          "where the pods run that carry a Gateway's traffic. Default envoy-gateway-system for Envoy Gateway, else that of the Gateway",
        ),
      class: dnsName.optional().describe("gatewayClassName of the Gateway that this stack makes"),
      existing: z
        .strictObject({ name: dnsName, namespace: dnsLabel, listener: dnsName.optional() })
        .optional()
        .describe("a Gateway to use instead; its listeners, certificates and DNS are its owner's"),
      annotations: annotations.optional().describe("for the Gateway that this stack makes"),
      routeVersion: z
        .enum(["v1", "v1alpha2"])
        .optional()
        .describe("of TCPRoute and UDPRoute, as the controller watches them. Default v1"),
    })
    .optional()
    .describe("for APIs whose way is gatewayApi"),
  istio: z
    .strictObject({
      public: istioGateway.describe("carries the gateway"),
      client: istioGateway.describe("carries the REST and pinning APIs"),
      mesh: z
        .boolean()
        .optional()
        .describe("the pods are part of the mesh, with sidecars. Default false: they are kept out of it"),
    })
    .optional()
    .describe("for APIs whose way is istio"),
};
