import type { Call, CheckFailure, PropertyMap, PropertyValue } from "../protocol/index";

/**
 * A type of resource whose values are generated once and then live in the stack's state alone, such as a random password or a key: there is
 * nothing outside to read, update or delete, and nearly every change of an input means a new one.
 */
export interface GeneratedType {
  readonly inputs: Readonly<Record<string, InputProperty>>;
  /** The properties that are generated. */
  readonly outputs: Readonly<Record<string, OutputProperty>>;
  /** The version of the official provider's state schema, so that it can take over what we stored. Default 0. */
  readonly schemaVersion?: number;
  /** Defaults that depend on other inputs. */
  derive?(inputs: PropertyMap): PropertyMap;
  /** Faults that concern more than one input. All inputs are known and of the right type. */
  validate?(inputs: PropertyMap): readonly CheckFailure[];
  /** Inputs come complete with defaults and with secrets revealed. */
  generate(inputs: PropertyMap, call: Call): Promise<GeneratedValues> | GeneratedValues;
  /** All properties of a resource that is to be imported. Without it the type cannot be imported. */
  fromImportId?(id: string): Promise<GeneratedValues> | GeneratedValues;
  /** Whether values that once were good have to be generated anew, though no input changed. */
  expired?(outputs: PropertyMap): boolean;
}

export interface GeneratedValues {
  readonly id: string;
  readonly outputs: PropertyMap;
}

export interface InputProperty {
  readonly type: "string" | "integer" | "boolean" | "strings" | "map";
  readonly required?: boolean;
  readonly default?: PropertyValue;
  readonly oneOf?: readonly string[];
  readonly min?: number;
  /** Marked secret even if the user did not. */
  readonly secret?: boolean;
  /** A change does not ask for new values. */
  readonly inPlace?: boolean;
  /** Left out again, it stays as it was. */
  readonly sticky?: boolean;
}

export interface OutputProperty {
  readonly secret?: boolean;
}
