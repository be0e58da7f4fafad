import {
  type Call,
  type CheckRequest,
  type CheckResult,
  type CreateRequest,
  type CreateResult,
  containsUnknowns,
  type DeleteRequest,
  type DiffRequest,
  type DiffResult,
  InitializationError,
  isMap,
  type PropertyMap,
  type PropertyValue,
  type ReadRequest,
  type ReadResult,
  reveal,
  Secret,
  secret,
  type UpdateRequest,
  unknown,
  withSecretsOf,
} from "../../protocol";
import { diffInputs } from "../objects/diff";
import { liveInputs } from "../objects/live";
import { parseId, textAt } from "../objects/object";
import type { Session } from "../session";
import { HelmError } from "./command";
import { releaseInputs } from "./inputs";
import {
  chartVersion,
  install,
  type LiveRelease,
  lookUp,
  type ReleaseName,
  releaseName,
  resourceNames,
  uninstall,
  upgrade,
} from "./release";
import { withTroubles } from "./troubles";

export const releaseType = "kubernetes:helm.sh/v3:Release";

/** Resources that are Helm releases, through the `helm` program. */
export class ReleaseResource {
  constructor(private readonly session: Session) {}

  async check(request: CheckRequest): Promise<CheckResult> {
    if (textAt(reveal(request.inputs), "repositoryOpts", "password") !== "") {
      const reason =
        "is not supported by the local kubernetes provider: log in before, with `helm registry login` or `helm repo add`";
      return { inputs: request.inputs, failures: [{ property: "repositoryOpts.password", reason }] };
    }
    const inputs = releaseInputs(request.inputs, request.oldInputs, request.name, this.session.namespace);
    if (containsUnknowns(inputs)) return { inputs };
    try {
      return { inputs: { ...inputs, version: await chartVersion(reveal(inputs)) } };
    } catch (error) {
      const reason = `${(error as Error).message}; check the chart name and repository configuration.`;
      return { inputs, failures: [{ property: "chart", reason }] };
    }
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    return { detailedDiff: diffInputs(reveal(request.oldInputs), reveal(request.inputs), ["name", "namespace"]) };
  }

  async create(request: CreateRequest, call: Call): Promise<CreateResult> {
    if (request.preview) return { id: "", outputs: previewed(request.inputs) };
    return this.deploy(install, request.inputs, call);
  }

  async update(request: UpdateRequest, call: Call): Promise<PropertyMap> {
    if (request.preview) return previewed(request.inputs);
    return (await this.deploy(upgrade, request.inputs, call)).outputs;
  }

  async read(request: ReadRequest): Promise<ReadResult | undefined> {
    const known = request.inputs ?? {};
    const stored = releaseName(reveal(request.outputs));
    const target = stored.name === "" ? importedName(request.id, this.session.namespace) : stored;
    const live = await lookUp(target, await this.connection());
    if (!live) return undefined;
    const before = reveal(request.outputs);
    const inputs =
      Object.keys(known).length > 0
        ? withSecretsOf(known, liveInputs(reveal(known), before, { ...before, ...settings(live) }))
        : releaseInputs({ ...target, ...settings(live), chart: live.chart }, {}, request.name, target.namespace);
    return { id: request.id || idOf(target), inputs, outputs: toOutputs(inputs, live) };
  }

  async delete(request: DeleteRequest, call: Call): Promise<void> {
    await uninstall(reveal(request.outputs), await this.connection(), call.signal);
  }

  /** Installs or upgrades. A release that is there afterwards is stored, in whatever state; one that is not was never created. */
  private async deploy(change: typeof install, inputs: PropertyMap, call: Call): Promise<CreateResult> {
    const release = reveal(inputs);
    const target = releaseName(release);
    const connection = await this.connection();
    const cluster = await this.session.cluster();
    const find = () => lookUp(target, connection);
    try {
      await withTroubles(cluster, find, call, () => change(release, connection, call.signal));
    } catch (error) {
      const live = error instanceof HelmError || error instanceof AggregateError ? await find() : undefined;
      const reasons = reasonsOf(error).map((reason) => redacted(reason, inputs));
      if (!live) throw new Error(`Helm release ${idOf(target)} failed:\n${reasons.join("\n")}`);
      throw new InitializationError(idOf(target), toOutputs(inputs, live), [
        `Helm release ${idOf(target)} is there, but ${textAt(live.status, "status")} at revision ${live.status.revision}`,
        ...reasons,
      ]);
    }
    const live = await find();
    if (!live) throw new Error(`Helm release ${idOf(target)} is gone right after it was deployed`);
    cluster.forgetKinds();
    return { id: idOf(target), outputs: toOutputs(inputs, live) };
  }

  private async connection() {
    return (await this.session.cluster()).client.connection;
  }
}

const idOf = ({ namespace, name }: ReleaseName) => `${namespace}/${name}`;

function importedName(id: string, defaultNamespace: string): ReleaseName {
  const { namespace, name } = parseId(id);
  return { name, namespace: namespace || defaultNamespace };
}

/** What the cluster says of the inputs. */
const settings = ({ version, values }: LiveRelease): PropertyMap => ({ version, values });

function toOutputs(inputs: PropertyMap, live: LiveRelease): PropertyMap {
  const outputs = {
    ...reveal(inputs),
    ...settings(live),
    status: live.status,
    resourceNames: resourceNames(live.objects),
  };
  return { ...withSecretsOf(inputs, outputs), __inputs: secret(inputs) };
}

function previewed(inputs: PropertyMap): PropertyMap {
  return { ...inputs, __inputs: secret(inputs), status: unknown, resourceNames: unknown };
}

function reasonsOf(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.map((part: Error) => part.message);
  return [(error as Error).message];
}

/** A message without the secrets of the inputs, which a chart may have put where Helm or the API server quotes it. */
function redacted(message: string, inputs: PropertyMap): string {
  return secretTexts(inputs).reduce((text, hidden) => text.replaceAll(hidden, "[secret]"), message);
}

function secretTexts(value: PropertyValue): string[] {
  if (value instanceof Secret) return textsIn(value.value);
  if (Array.isArray(value)) return value.flatMap(secretTexts);
  return isMap(value) ? Object.values(value).flatMap(secretTexts) : [];
}

function textsIn(value: PropertyValue): string[] {
  if (value instanceof Secret) return textsIn(value.value);
  if (typeof value === "string") return value === "" ? [] : [value, Buffer.from(value).toString("base64")];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isMap(value) ? Object.values(value).flatMap(textsIn) : [];
}
