import type * as pulumi from "@pulumi/pulumi";
import { labels, type Workload } from "../platform";
import type { Settings } from "../settings";

/** A custom resource, whole. */
export interface CustomObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    /** Absent: the stack's. */
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, pulumi.Input<string>>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** What a custom resource has beside its kind, name and spec. */
export interface ObjectExtras {
  /** The workload that it belongs to; absent: the stack as a whole. */
  readonly role?: Workload;
  /** Absent: the stack's. */
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A custom resource with the labels of every object. */
export function customObject(
  settings: Settings,
  kind: { readonly apiVersion: string; readonly kind: string },
  name: string,
  spec: CustomObject["spec"],
  { role, namespace, annotations = {} }: ObjectExtras = {},
): CustomObject {
  return {
    ...kind,
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      labels: labels(settings.stack, role),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec,
  };
}
