import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One Go module of this folder: its go.mod pins what is built, its programs are what comes out. */
export interface Module {
  readonly name: string;
  readonly programs: readonly string[];
  /** The one executable behind all `programs`, which looks at the name it is run by; without it each program is an executable of its own. */
  readonly executable?: string;
  /** Linker flags that tell the programs their version, which a release build would have set. */
  readonly versionFlags?: (versions: Versions) => readonly string[];
}

/** The version of a module that a go.mod requires, such as `v1.34.4`. */
export type Versions = (module: string) => string;

/** The Go module that Traefik is. */
export const traefikModule = "github.com/traefik/traefik/v3";

/** Slowest first, so that the short ones fill the gaps while a long one links. */
export const modules = [
  {
    name: "kube",
    executable: "kube",
    programs: [
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kube-proxy",
      "kubelet",
      "storage",
      "addresses",
      "kubectl",
    ],
    versionFlags: (versions) => {
      const version = versions("k8s.io/kubernetes");
      const [major, minor] = version.slice(1).split(".");
      const variable = "k8s.io/component-base/version.git";
      return [`${variable}Version=${version}`, `${variable}Major=${major}`, `${variable}Minor=${minor}`];
    },
  },
  {
    name: "pulumi",
    programs: ["pulumi"],
    versionFlags: (versions) => [
      `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${versions("github.com/pulumi/pulumi/pkg/v3")}`,
    ],
  },
  { name: "kubo", programs: ["ipfs"] },
  { name: "network-policies", programs: ["network-policies"] },
  { name: "coredns", programs: ["coredns"] },
  { name: "ipfs-cluster", programs: ["ipfs-cluster-service", "ipfs-cluster-ctl"] },
  {
    name: "helm",
    programs: ["helm"],
    versionFlags: (versions) => [`helm.sh/helm/v3/internal/version.version=${versions("helm.sh/helm/v3")}`],
  },
] as const satisfies readonly Module[];

/** Modules that only a node with an ingress controller needs; they are built when one is asked for. */
export const ingressModules = [
  {
    name: "traefik",
    programs: ["traefik"],
    versionFlags: (versions) => [
      `${traefikModule}/pkg/version.Version=${versions(traefikModule).slice(1)}`,
      `${traefikModule}/pkg/version.BuildDate=`,
    ],
  },
] as const satisfies readonly Module[];

/** Modules that only `npm run lint:workflows` needs. */
export const workflowModules = [{ name: "actionlint", programs: ["actionlint"] }] as const satisfies readonly Module[];

/** Modules that only the tests of rendered objects need. */
export const lintModules = [
  { name: "lint", programs: ["kubeconform", "kube-score"] },
] as const satisfies readonly Module[];

/** A kubo of before the last change of its repository's format, which only the test of upgrades needs. */
export const olderKuboModules = [{ name: "kubo-v0.37", programs: ["ipfs"] }] as const satisfies readonly Module[];

/** A program of the toolchain. */
export type Program = (typeof modules)[number]["programs"][number];

/** The folder of a module's go.mod. */
export function sourceDirectory(module: Module): string {
  return join(__dirname, module.name);
}

/** Reads versions from a module's go.mod, the one place that pins them. */
export function pinnedVersions(module: Module): Versions {
  const file = join(sourceDirectory(module), "go.mod");
  const lines = readFileSync(file, "utf8").split("\n");
  return (required) => {
    for (const line of lines) {
      const [path, version] = line
        .replace(/^require\s/, "")
        .trim()
        .split(/\s+/);
      if (path === required && version?.startsWith("v")) return version;
    }
    throw new Error(`${file} does not require ${required}`);
  };
}
