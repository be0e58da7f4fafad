import * as pulumi from "@pulumi/pulumi";
import { platform } from "../../../components/platform";
import { resolveSettings, type Settings } from "../../../components/settings";
import { type Graph, type Registered, runProgram } from "../../support/graph";

type Raw = Record<string, unknown>;

/** Settings of stack `eu` in staging, whose namespace is `ipfs-eu`, with some of them changed. */
export function settingsOf(raw: Raw): Settings {
  return resolveSettings({ environment: "staging", ...raw }, { stack: "eu" });
}

export const letsEncrypt = { issuer: { kind: "letsEncrypt", email: "ops@example.org" } };

const host = (api: string) => `${api}.example.org`;

/** Every API, and WebSocket beside it unless told otherwise, through a way. */
export function everythingThrough(way: "ingress" | "gatewayApi" | "istio", websocket = true): Raw {
  return {
    network: "public",
    replicas: 2,
    exposure: {
      gateway: { way, host: host("gateway") },
      rest: { way, host: host("rest") },
      pinning: { way, host: host("pinning") },
      swarm: { way: "clusterIP", ...(websocket ? { websocket: { way, host: host("ws") } } : {}) },
    },
    ...(way === "gatewayApi" ? { gatewayApi: { class: "envoy" } } : {}),
  };
}

/** The graph of what `platform` makes; the stack's outputs are the URNs of what is ready, and the CA's certificate. */
export function platformGraph(settings: Settings, run: { preview?: boolean } = {}): Promise<Graph> {
  const program = async () => {
    const parent = new pulumi.ComponentResource("test:index:Stack", "eu");
    const { ready, caCertificate } = platform("eu", settings, pulumi.output("ipfs-eu"), parent);
    return { ready: ready.map(({ urn }) => urn), caCertificate };
  };
  return runProgram({ stack: "eu", settings: {}, program, ...run });
}

/** A custom resource or core object, as far as the tests look. */
export interface KubernetesObject {
  readonly kind: string;
  readonly type?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  };
  readonly spec: Record<string, unknown>;
  readonly stringData: Record<string, string>;
}

/** What the graph has of a kind. */
export function ofKind({ resources }: Graph, kind: string): (Registered & { object: KubernetesObject })[] {
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:") && type.endsWith(`:${kind}`))
    .map((resource) => ({ ...resource, object: resource.inputs as unknown as KubernetesObject }));
}

/** Every resource that one waits for, directly or not, by URN. */
export function waitsFor({ resources }: Graph, urn: string): Set<string> {
  const found = new Set<string>();
  const visit = (each: string) => {
    for (const next of resources.find((resource) => resource.urn === each)?.dependencies ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(urn);
  return found;
}
