import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildModules } from "../../../local/toolchain/build";
import { lintModules } from "../../../local/toolchain/modules";
import { strictSchema } from "../../support/schemas";

/** An object of any kind, as the linters take it. */
export interface AnyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What kube-score says against an object. */
export interface Finding {
  readonly check: string;
  /** `<Kind>/<name>` */
  readonly object: string;
  readonly text: string;
}

/** The built linters, which share a folder for their input. */
export class Linters {
  private constructor(
    private readonly programs: Readonly<Record<"kubeconform" | "kube-score", string>>,
    private readonly directory: string,
  ) {}

  /** Builds them, if need be. */
  static async in(directory: string): Promise<Linters> {
    const { programs } = await buildModules(lintModules, () => {});
    return new Linters(programs, directory);
  }

  /** What `kubeconform -strict` says against objects, by schemas of their kinds. */
  async kubeconform(about: string, objects: readonly AnyObject[]): Promise<string[]> {
    for (const { apiVersion, kind } of objects) {
      const [group] = apiVersion.split("/");
      const file = `${kind.toLowerCase()}-${group}-${apiVersion.split("/").at(-1)}.json`;
      await mkdir(join(this.directory, "schemas-strict"), { recursive: true });
      await writeFile(join(this.directory, "schemas-strict", file), JSON.stringify(strictSchema(apiVersion, kind)));
    }
    const location = join(
      this.directory,
      "schemas{{.StrictSuffix}}/{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json",
    );
    const args = ["-strict", "-output", "json", "-verbose", "-schema-location", location];
    const { resources } = JSON.parse(await run(this.programs.kubeconform, [...args, await this.file(about, objects)]));
    const results = resources as { kind: string; name: string; status: string; msg: string }[];
    if (results.length !== objects.length) throw new Error(`kubeconform looked at ${results.length} objects`);
    return results
      .filter(({ status }) => status !== "statusValid")
      .map(({ kind, name, status, msg }) => `${kind}/${name}: ${status} ${msg}`);
  }

  /** What kube-score says against objects that belong together: all that is not perfect. */
  async kubeScore(about: string, objects: readonly AnyObject[]): Promise<Finding[]> {
    const args = [
      "score",
      "--output-format",
      "json",
      "--kubernetes-version",
      "v1.34",
      "--disable-ignore-checks-annotations",
    ];
    const scored = JSON.parse(
      await run(this.programs["kube-score"], [...args, await this.file(about, objects)]),
    ) as Scored[];
    return scored.flatMap(({ type_meta: { kind }, object_meta: { name }, checks }) =>
      checks
        .filter(({ grade, skipped }) => !skipped && grade < allOk)
        .flatMap(({ check, comments }) =>
          (comments ?? [{ path: "", summary: check.name }]).map(({ path, summary }) => ({
            check: check.id,
            object: `${kind}/${name}`,
            text: `${path} ${summary}`.trim(),
          })),
        ),
    );
  }

  private async file(about: string, objects: readonly AnyObject[]): Promise<string> {
    const file = join(this.directory, `${about.replaceAll(/\W+/g, "-")}.yaml`);
    // JSON is YAML.
    await writeFile(file, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
    return file;
  }
}

/** kube-score's best grade; 1 is critical, 5 a warning. */
const allOk = 10;

interface Scored {
  readonly type_meta: { readonly kind: string };
  readonly object_meta: { readonly name: string };
  readonly checks: readonly {
    readonly check: { readonly id: string; readonly name: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

/** What a linter prints; that it found something is no failure of its own. */
function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (stdout) resolve(stdout);
      else reject(error ?? new Error(`${program} printed nothing: ${stderr}`));
    });
  });
}
