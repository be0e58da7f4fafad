import {
  type Call,
  type CheckFailure,
  type CheckRequest,
  type CheckResult,
  type CreateRequest,
  type CreateResult,
  containsUnknowns,
  type DiffRequest,
  type DiffResult,
  type PropertyDiff,
  type PropertyMap,
  type ReadRequest,
  type ReadResult,
  type ResourceProvider,
  reveal,
  secret,
  type UpdateRequest,
  unknown,
  withSecretsOf,
} from "../protocol/index";
import { difference } from "./difference";
import type { GeneratedType } from "./resourceType";
import { faultsOf } from "./validation";

/**
 * A provider of generated values. It behaves as the official bridged providers do: inputs are stored as the user wrote them and defaults
 * show up in the outputs, so that either provider can take over the state of the other without a diff.
 */
export class GeneratedProvider implements ResourceProvider {
  /**
   * @param plugin name and version of the official plugin, for messages.
   * @param types by type token, such as `random:index/randomPassword:RandomPassword`.
   */
  constructor(
    private readonly plugin: { readonly name: string; readonly version: string },
    private readonly types: Readonly<Record<string, GeneratedType>>,
  ) {}

  async check({ type, inputs }: CheckRequest): Promise<CheckResult> {
    const resource = this.typeOf(type);
    const failures: CheckFailure[] = [...faultsOf(resource, inputs)];
    if (failures.length === 0 && resource.validate && !containsUnknowns(inputs)) {
      failures.push(...resource.validate(reveal(planned(resource, inputs))));
    }
    return { inputs: withSchemaSecrets(resource, inputs), failures };
  }

  async diff({ type, oldOutputs, inputs }: DiffRequest): Promise<DiffResult> {
    const resource = this.typeOf(type);
    const plan = planned(resource, inputs);
    const detailedDiff: Record<string, PropertyDiff> = {};
    for (const [name, property] of Object.entries(resource.inputs)) {
      if (property.sticky && !(name in plan)) continue;
      for (const [path, kind] of Object.entries(difference(name, oldOutputs[name], plan[name]))) {
        detailedDiff[path] = { kind, replace: !property.inPlace };
      }
    }
    if (resource.expired?.({ ...oldOutputs, ...plan }))
      detailedDiff.readyForRenewal = { kind: "update", replace: true };
    return { detailedDiff };
  }

  async create({ type, inputs, preview }: CreateRequest, call: Call): Promise<CreateResult> {
    const resource = this.typeOf(type);
    const plan = planned(resource, inputs);
    if (preview) {
      const later = Object.fromEntries(Object.keys(resource.outputs).map((name) => [name, unknown]));
      return { id: "", outputs: marked(resource, inputs, { ...plan, ...later }) };
    }
    const { id, outputs } = await resource.generate(reveal(plan), call);
    return { id, outputs: marked(resource, inputs, { ...plan, ...outputs, id, ...meta(resource) }) };
  }

  async read(request: ReadRequest): Promise<ReadResult> {
    const resource = this.typeOf(request.type);
    if (Object.keys(request.outputs).length === 0) return this.imported(request);
    const outputs = resource.expired?.(request.outputs)
      ? { ...request.outputs, readyForRenewal: true }
      : request.outputs;
    return { id: request.id, inputs: request.inputs ?? inputsIn(resource, outputs), outputs };
  }

  async update({ type, oldOutputs, inputs }: UpdateRequest): Promise<PropertyMap> {
    const resource = this.typeOf(type);
    return marked(resource, inputs, { ...oldOutputs, ...planned(resource, inputs) });
  }

  async delete(): Promise<void> {
    // The values exist in the state alone, and the engine removes them from there.
  }

  private async imported({ type, id, name }: ReadRequest): Promise<ReadResult> {
    const resource = this.typeOf(type);
    if (!resource.fromImportId)
      throw new Error(`${type} cannot be imported: its values exist in the state alone (${name})`);
    const values = await resource.fromImportId(id);
    const outputs = { ...planned(resource, values.outputs), ...values.outputs, id: values.id, ...meta(resource) };
    return { id: values.id, inputs: inputsIn(resource, outputs), outputs: marked(resource, {}, outputs) };
  }

  private typeOf(token: string): GeneratedType {
    const type = this.types[token];
    if (type) return type;
    const { name, version } = this.plugin;
    throw new Error(
      `the local ${name} provider does not have ${token}, only ${Object.keys(this.types).join(", ")}. ` +
        `For all types install the official one: pulumi plugin install resource ${name} v${version}`,
    );
  }
}

/** The inputs with defaults filled in. */
function planned(type: GeneratedType, inputs: PropertyMap): PropertyMap {
  const given = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));
  const defaults = Object.entries(type.inputs).flatMap(([name, property]) =>
    property.default === undefined ? [] : [[name, property.default] as const],
  );
  return { ...Object.fromEntries(defaults), ...given, ...type.derive?.(given) };
}

function withSchemaSecrets(type: GeneratedType, properties: PropertyMap): PropertyMap {
  const secretNames = new Set(
    [...Object.entries(type.inputs), ...Object.entries(type.outputs)].flatMap(([name, property]) =>
      property.secret ? [name] : [],
    ),
  );
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, secretNames.has(name) ? secret(value) : value]),
  );
}

/** Outputs are secret where the schema says so and where the user's inputs are. */
function marked(type: GeneratedType, inputs: PropertyMap, outputs: PropertyMap): PropertyMap {
  return withSecretsOf(inputs, withSchemaSecrets(type, outputs));
}

/** What a user would have to write to get these outputs. */
function inputsIn(type: GeneratedType, outputs: PropertyMap): PropertyMap {
  const defaults = planned(type, {});
  return Object.fromEntries(
    Object.keys(type.inputs).flatMap((name) => {
      const value = outputs[name];
      return value === undefined || value === null || value === defaults[name] ? [] : [[name, value]];
    }),
  );
}

/** Where bridged providers keep the version of their state schema. */
const meta = ({ schemaVersion }: GeneratedType): PropertyMap =>
  schemaVersion ? { __meta: JSON.stringify({ schema_version: String(schemaVersion) }) } : {};
