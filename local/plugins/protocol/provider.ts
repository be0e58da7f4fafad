import type { PropertyMap } from "./propertyValue";

/**
 * A Pulumi resource provider, as `serve` puts it on the wire. Every method is called with decoded properties, secrets still marked. Methods
 * run concurrently. A thrown error fails the operation with its message, so it must not quote a secret.
 */
export interface ResourceProvider {
  /** Validates the provider's own configuration. Default: whatever is given is fine. */
  checkConfig?(request: ConfigRequest, call: Call): Promise<CheckResult>;
  /** What a changed configuration means for the resources: a `replace` in it replaces every one of them. Default: nothing. */
  diffConfig?(request: DiffRequest, call: Call): Promise<DiffResult>;
  /** Called once, before anything below; never while a preview does not know the whole configuration. */
  configure?(config: PropertyMap, call: Call): Promise<void>;

  /** Validates inputs and fills in what the user left out. The result is what is stored as the resource's inputs. */
  check(request: CheckRequest, call: Call): Promise<CheckResult>;
  diff(request: DiffRequest, call: Call): Promise<DiffResult>;
  /** In a preview nothing may be created; the outputs then hold `unknown` for what is not known yet and the id does not count. */
  create(request: CreateRequest, call: Call): Promise<CreateResult>;
  /** The live state, for refresh, import and `get`; undefined if the resource is gone. */
  read(request: ReadRequest, call: Call): Promise<ReadResult | undefined>;
  /** The new outputs. In a preview nothing may be changed. */
  update(request: UpdateRequest, call: Call): Promise<PropertyMap>;
  delete(request: DeleteRequest, call: Call): Promise<void>;
  /** Answers a function of the package, such as `kubernetes:yaml:decode`. */
  invoke?(request: InvokeRequest, call: Call): Promise<InvokeResult>;
}

/** What surrounds one call: how long it may take, how it is called off, and where it may tell how it goes. */
export interface Call {
  /** Aborted when the user interrupts the update or the engine gives up on this call. Time-outs do not abort it. */
  readonly signal: AbortSignal;
  /** Seconds the user allows (option `customTimeouts`); undefined leaves it to the provider. */
  readonly timeoutSeconds: number | undefined;
  /** A line in the diagnostics of the resource; `error` makes the whole update fail. */
  log(severity: Severity, message: string): void;
  /** What is going on right now, shown beside the resource until the next status replaces it. */
  status(message: string): void;
}

export type Severity = "debug" | "info" | "warning" | "error";

interface ResourceRequest {
  readonly urn: string;
  /** Such as `kubernetes:apps/v1:StatefulSet`. */
  readonly type: string;
  /** The logical name, the last part of the URN. */
  readonly name: string;
}

export interface ConfigRequest extends ResourceRequest {
  readonly oldInputs: PropertyMap;
  readonly inputs: PropertyMap;
}

export interface CheckRequest extends ResourceRequest {
  /** Empty if the resource is new. */
  readonly oldInputs: PropertyMap;
  readonly inputs: PropertyMap;
  /** What the stack's `pulumi:autonaming` configuration asks for, if anything. */
  readonly autonaming: { readonly mode: "propose" | "enforce" | "disable"; readonly proposedName: string } | undefined;
  /** The engine's seed for random names: the same for one resource in the preview and the update that follows it. */
  readonly randomSeed: Uint8Array;
}

export interface CheckResult {
  readonly inputs: PropertyMap;
  /** Faults of the user's input; any of them stops the update before something is changed. */
  readonly failures?: readonly CheckFailure[];
}

export interface CheckFailure {
  /** The path of the property at fault, such as `spec.replicas`; empty for the resource as a whole. */
  readonly property: string;
  readonly reason: string;
}

export interface DiffRequest extends ResourceRequest {
  readonly id: string;
  readonly oldInputs: PropertyMap;
  readonly oldOutputs: PropertyMap;
  /** What `check` returned, with `ignoreChanges` already applied by the engine. */
  readonly inputs: PropertyMap;
  readonly ignoreChanges: readonly string[];
}

export interface DiffResult {
  /** Property paths (`spec.ports[0].name`, `data["a.b"]`) and what happens to each. Empty: nothing changes. */
  readonly detailedDiff: Readonly<Record<string, PropertyDiff>>;
  /** With a replacement: the old one must go first, as both cannot exist at once. */
  readonly deleteBeforeReplace?: boolean;
}

export interface PropertyDiff {
  readonly kind: "add" | "delete" | "update";
  /** The property cannot change in place: the resource is replaced. */
  readonly replace?: boolean;
  /** The path is one of the inputs, old against new, rather than of the outputs. */
  readonly inputDiff?: boolean;
}

export interface CreateRequest extends ResourceRequest {
  readonly inputs: PropertyMap;
  readonly preview: boolean;
}

export interface CreateResult {
  readonly id: string;
  readonly outputs: PropertyMap;
}

export interface ReadRequest extends ResourceRequest {
  readonly id: string;
  /** Undefined for an import or a `get`. */
  readonly inputs: PropertyMap | undefined;
  readonly outputs: PropertyMap;
}

export interface ReadResult extends CreateResult {
  readonly inputs: PropertyMap;
}

export interface UpdateRequest extends DiffRequest {
  readonly preview: boolean;
}

export interface DeleteRequest extends ResourceRequest {
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

export interface InvokeRequest {
  /** Such as `kubernetes:yaml:decode`. */
  readonly token: string;
  readonly args: PropertyMap;
  readonly preview: boolean;
}

export interface InvokeResult {
  readonly result: PropertyMap;
  readonly failures?: readonly CheckFailure[];
}

/**
 * Thrown by `create`, `update` or `read` when the resource exists but did not become ready. The engine stores it as partially initialised
 * and tries an update at the next run, instead of forgetting about it.
 */
export class InitializationError extends Error {
  constructor(
    readonly id: string,
    /** The outputs to store. */
    readonly outputs: PropertyMap,
    /** One line for each thing that is wrong. */
    readonly reasons: readonly string[],
    /** The inputs to store; `read` only. */
    readonly inputs?: PropertyMap,
  ) {
    super(reasons.join("\n"));
    this.name = "InitializationError";
  }
}
