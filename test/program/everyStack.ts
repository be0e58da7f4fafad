import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { settingsOfStackFile } from "../../components/settings";
import { proxied } from "../components/exposure/exposed";
import { everythingThrough, letsEncrypt } from "../components/platform/stacks";
import { stacks } from "./stacks";

const root = path.join(__dirname, "..", "..");

/** A stack's settings, and what it is about. */
export interface Example {
  readonly about: string;
  readonly stack: string;
  readonly settings: Record<string, unknown>;
}

const byDns = {
  issuer: { kind: "letsEncrypt", email: "ops@example.org", dns01: { route53: { region: "eu-west-1" } } },
};

const balanced = (api: string) => ({
  way: "loadBalancer",
  host: `${api}.example.org`,
  tls: "atLoadBalancer",
  annotations: { "service.beta.kubernetes.io/aws-load-balancer-ssl-cert": "arn:aws:acm:eu-west-1:1:certificate/1" },
});

function examples(
  stack: string,
  all: Readonly<Record<string, Record<string, unknown>>>,
  common: Record<string, unknown> = {},
): Example[] {
  return Object.entries(all).map(([about, settings]) => ({ about, stack, settings: { ...common, ...settings } }));
}

/** The repository's stack files, and stacks that together have every way in for every API. */
export const everyStack: readonly Example[] = [
  ...readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .map((stack) => ({
      about: `Pulumi.${stack}.yaml`,
      stack,
      settings: settingsOfStackFile(parse(readFileSync(path.join(root, `Pulumi.${stack}.yaml`), "utf8"))),
    })),
  ...examples("prod-eu", stacks),
  ...examples("proxied", proxied, { environment: "staging", tls: byDns }),
  ...examples(
    "everything",
    {
      ingress: everythingThrough("ingress"),
      gatewayApi: everythingThrough("gatewayApi"),
      istio: everythingThrough("istio"),
    },
    { environment: "staging", tls: letsEncrypt },
  ),
  ...examples(
    "bare",
    {
      "load balancers for the APIs": {
        exposure: { gateway: balanced("gw"), rest: balanced("api"), pinning: balanced("pin") },
      },
      "certificates of its own authority": {
        exposure: { gateway: { way: "ingress", host: "gw.example.org", subdomains: true } },
        ingressController: { install: "existing", class: "nginx" },
        tls: { issuer: { kind: "generated" } },
      },
      "users that the platform chooses": { podSecurity: { user: "platform" } },
    },
    { environment: "dev" },
  ),
];
