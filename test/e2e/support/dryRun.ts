import { execFile } from "node:child_process";
import { clusterEnvironment, tools } from "../../../local";
import { hasCrd, openApiSchema } from "../../support/crds";
import type { OpenApi } from "../../support/schemas";
import type { AnyObject } from "./linters";

interface Workload extends AnyObject {
  readonly spec: {
    readonly template: { readonly metadata: object; readonly spec: { readonly volumes: readonly object[] } };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
}

/** A node's API server that is asked what it would say to objects, without making them. Namespaces and kinds that they need are made. */
export class DryRun {
  private readonly made = new Map<string, AnyObject>();

  private constructor(
    private readonly kubectlProgram: string,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  static async on(node: string): Promise<DryRun> {
    const { programs } = await tools(() => {});
    return new DryRun(programs.kubectl, { ...process.env, ...clusterEnvironment(node) } as Record<string, string>);
  }

  /** What the API server publishes of its own kinds. */
  async openApi(): Promise<OpenApi> {
    return JSON.parse(await this.must(["get", "--raw", "/openapi/v2"]));
  }

  /** All errors and warnings that it has for objects, and for the pods that workloads among them would make. */
  async faults(objects: readonly AnyObject[]): Promise<string[]> {
    await this.prepare(objects);
    const all = [...objects.filter(({ kind }) => kind !== "Namespace"), ...objects.flatMap(podsOf)];
    const args = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"];
    const { code, stderr } = await this.kubectl(args, list(all));
    return code === 0 && stderr === "" ? [] : stderr.trim().split("\n");
  }

  /** Takes away what was made. */
  async end(): Promise<void> {
    await this.must(["delete", "--ignore-not-found", "--wait=false", "-f", "-"], list([...this.made.values()]));
  }

  private async prepare(objects: readonly AnyObject[]): Promise<void> {
    const needed = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))].map(namespace);
    const kinds = objects.filter(({ apiVersion, kind }) => hasCrd(apiVersion, kind)).map(definition);
    const accounts = objects.filter(({ kind }) => kind === "ServiceAccount");
    const missing = new Map<string, AnyObject>();
    for (const object of [...needed, ...kinds, ...accounts]) {
      const { kind, metadata } = object;
      const key = `${kind} ${metadata.namespace} ${metadata.name}`;
      if (this.made.has(key) || missing.has(key)) continue;
      const where = metadata.namespace ? [`--namespace=${metadata.namespace}`] : [];
      const found = await this.must(["get", kind, metadata.name, ...where, "--ignore-not-found", "-o", "name"]);
      if (found === "") missing.set(key, object);
    }
    if (missing.size === 0) return;
    for (const [key, object] of missing) this.made.set(key, object);
    await this.must(["apply", "--server-side", "-f", "-"], list([...missing.values()]));
    for (const { kind, metadata } of missing.values()) {
      if (kind !== "CustomResourceDefinition") continue;
      await this.must(["wait", "--for=condition=Established", `crd/${metadata.name}`]);
    }
  }

  private async must(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.kubectl(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} failed: ${stderr}`);
    return stdout;
  }

  private kubectl(args: readonly string[], input?: string): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((resolve) => {
      const options = { env: this.env, maxBuffer: 1 << 28 };
      const child = execFile(this.kubectlProgram, args, options, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      );
      child.stdin?.end(input);
    });
  }
}

function list(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** One that enforces restricted pods, as the program's own do; a stack's own would have its labels too. */
function namespace(name: string): AnyObject {
  const labels = Object.fromEntries(
    ["enforce", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
  );
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } as AnyObject["metadata"] };
}

/** A pod that a workload would make: its template is not what Pod Security refuses. */
function podsOf(object: AnyObject): AnyObject[] {
  if (object.kind !== "StatefulSet" && object.kind !== "Deployment") return [];
  const { metadata, spec } = object as Workload;
  const { template, volumeClaimTemplates = [] } = spec;
  const claims = volumeClaimTemplates.map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}-${metadata.name}-0` },
  }));
  return [
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...template.metadata, name: `${metadata.name}-0`, namespace: metadata.namespace },
      spec: { ...template.spec, volumes: [...template.spec.volumes, ...claims] },
    } as AnyObject,
  ];
}

/** The definition of a custom kind, from test/fixtures. */
function definition({ apiVersion, kind }: AnyObject): AnyObject {
  const [group, version] = apiVersion.split("/");
  const singular = kind.toLowerCase();
  const plural = /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      annotations: { "api-approved.kubernetes.io": "unapproved, for tests" },
    } as AnyObject["metadata"],
    spec: {
      group,
      scope: kind.startsWith("Cluster") ? "Cluster" : "Namespaced",
      names: { kind, plural, singular },
      versions: [
        { name: version, served: true, storage: true, schema: { openAPIV3Schema: openApiSchema(apiVersion, kind) } },
      ],
    },
  } as AnyObject;
}
