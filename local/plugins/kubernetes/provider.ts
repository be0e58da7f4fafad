import {
  type Call,
  type CheckRequest,
  type CheckResult,
  type ConfigRequest,
  type CreateRequest,
  type CreateResult,
  type DeleteRequest,
  type DiffRequest,
  type DiffResult,
  type InvokeRequest,
  type InvokeResult,
  type PropertyMap,
  type ReadRequest,
  type ReadResult,
  type ResourceProvider,
  reveal,
  type UpdateRequest,
} from "../protocol";
import { clusterChange, providerConfig } from "./config";
import { ReleaseResource, releaseType } from "./helm/releaseResource";
import { invoke } from "./invoke";
import { ObjectResource } from "./objectResource";
import { same } from "./objects/object";
import { Session } from "./session";

type Resource = ObjectResource | ReleaseResource;

/** The `kubernetes` package: the objects of a cluster, and Helm releases in it. */
export class KubernetesProvider implements ResourceProvider {
  private objects: ObjectResource | undefined;
  private releases: ReleaseResource | undefined;
  private session: Session | undefined;

  async checkConfig({ inputs }: ConfigRequest): Promise<CheckResult> {
    const unsupported = [
      ["enableServerSideApply", "false"],
      ["renderYamlToDirectory", undefined],
    ] as const;
    const failures = unsupported
      .filter(([name, value]) => inputs[name] !== undefined && (value === undefined || inputs[name] === value))
      .map(([property]) => ({
        property,
        reason: "is not supported by the local kubernetes provider; install the official one",
      }));
    return { inputs, failures };
  }

  async diffConfig({ oldInputs, inputs }: DiffRequest): Promise<DiffResult> {
    const replaced = clusterChange(oldInputs, inputs);
    const names = [...new Set([...Object.keys(oldInputs), ...Object.keys(inputs)])];
    const [before, after] = [reveal(oldInputs), reveal(inputs)];
    const changed = names.filter((name) => !same(before[name], after[name]));
    const change = (name: string) => ({ kind: "update", replace: replaced.includes(name), inputDiff: true }) as const;
    return { detailedDiff: Object.fromEntries(changed.map((name) => [name, change(name)])) };
  }

  async configure(config: PropertyMap): Promise<void> {
    this.session = new Session(providerConfig(config));
    this.objects = new ObjectResource(this.session);
    this.releases = new ReleaseResource(this.session);
  }

  async check(request: CheckRequest): Promise<CheckResult> {
    return this.resource(request.type).check(request);
  }

  async diff(request: DiffRequest): Promise<DiffResult> {
    return this.resource(request.type).diff(request);
  }

  async create(request: CreateRequest, call: Call): Promise<CreateResult> {
    return this.resource(request.type).create(request, call);
  }

  async read(request: ReadRequest, call: Call): Promise<ReadResult | undefined> {
    return this.resource(request.type).read(request, call);
  }

  async update(request: UpdateRequest, call: Call): Promise<PropertyMap> {
    return this.resource(request.type).update(request, call);
  }

  async delete(request: DeleteRequest, call: Call): Promise<void> {
    return this.resource(request.type).delete(request, call);
  }

  async invoke(request: InvokeRequest): Promise<InvokeResult> {
    return invoke(request, this.session);
  }

  private resource(type: string): Resource {
    const resource = type === releaseType ? this.releases : this.objects;
    if (!resource) throw new Error("the kubernetes provider is not configured yet");
    return resource;
  }
}
