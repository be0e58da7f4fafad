import { isForbidden } from "../cluster/client";
import type { Change, Cluster, Selection } from "../cluster/cluster";
import { type KubernetesObject, kindOf, nameOf, namespaceOf, numberAt, textAt, uidOf } from "../objects/object";
import type { ReadinessRule, Scene } from "./rule";

/** An object and the objects around it, kept up to date by watches or read once. */
export class Surroundings {
  private object: KubernetesObject;
  private seen = false;
  private gone = false;
  private readonly others = new Map<string, Map<string, KubernetesObject>>();
  private readonly generation: number;

  /** @param written the object as the last write left it: older versions that a watch still brings are skipped. */
  constructor(
    private readonly cluster: Cluster,
    private readonly rule: ReadinessRule,
    private readonly written: KubernetesObject,
    private readonly before?: KubernetesObject,
  ) {
    this.object = written;
    this.generation = generationOf(written);
  }

  /** Whether the object has been deleted, or replaced by another of its name. */
  get isGone(): boolean {
    return this.gone;
  }

  scene(settled: boolean): Scene {
    const related = (kind: string) => [...(this.others.get(kind)?.values() ?? [])];
    return { object: this.object, before: this.before, related, settled };
  }

  /** Warnings about the object or its pods, the newest last, and of each kind about each of them only the newest. */
  warnings(since: number): KubernetesObject[] {
    const pods = this.rule.pods?.(this.scene(true)) ?? [];
    const uids = new Set([this.object, ...pods].map(uidOf));
    const events = [...(this.others.get("Event")?.values() ?? [])];
    const told = events
      .filter((event) => uids.has(involvedUid(event)) && timeOf(event) >= since)
      .sort((a, b) => timeOf(a) - timeOf(b));
    return [...new Map(told.map((event) => [`${involvedUid(event)} ${textAt(event, "reason")}`, event])).values()];
  }

  /**
   * Follows every object of the scene until the signal aborts.
   *
   * @param changed called after each change with its kind, and whether the scene is complete.
   */
  async follow(changed: (kind: string, complete: boolean) => void, signal: AbortSignal): Promise<void> {
    const selections = this.selections();
    const unlisted = new Set(selections);
    await Promise.all(
      selections.map(async (selection) => {
        for await (const change of this.visible(selection, signal)) {
          if (change.type !== "listed") this.take(selection.kind, change.type, change.object);
          else unlisted.delete(selection);
          if (unlisted.size === 0 && !this.seen) this.gone = true;
          changed(selection.kind, unlisted.size === 0);
        }
      }),
    );
  }

  /** What a watch brings; nothing of kinds around the object that we may not see, such as events: they only tell more. */
  private async *visible(selection: Selection, signal: AbortSignal): AsyncGenerator<Change> {
    try {
      yield* this.cluster.watch(selection, signal);
    } catch (error) {
      if (!isForbidden(error) || isOf(selection, this.written)) throw error;
      yield { type: "listed" };
    }
  }

  /** Reads every object of the scene once. */
  async readOnce(signal: AbortSignal): Promise<void> {
    await Promise.all(
      this.selections().map(async (selection) => {
        const { items } = await this.cluster.list(selection, signal).catch((error: unknown) => {
          if (isForbidden(error)) return { items: [] };
          throw error;
        });
        for (const object of items) this.take(selection.kind, "set", object);
      }),
    );
  }

  private selections(): Selection[] {
    const namespace = namespaceOf(this.written);
    const itself = { ...kindOf(this.written), namespace, fieldSelector: `metadata.name=${nameOf(this.written)}` };
    const related = (this.rule.related ?? []).map((kind) => ({ ...kind, namespace }));
    const events = { apiVersion: "v1", kind: "Event", namespace, fieldSelector: "type=Warning" };
    return [itself, ...related, ...(namespace === "" ? [] : [events])];
  }

  private take(kind: string, type: "set" | "deleted", object: KubernetesObject): void {
    if (kind === kindOf(this.written).kind && nameOf(object) === nameOf(this.written)) {
      if (uidOf(object) !== uidOf(this.written)) return;
      this.seen = true;
      this.gone = type === "deleted";
      if (generationOf(object) >= this.generation) this.object = object;
      return;
    }
    const objects = this.others.get(kind) ?? new Map<string, KubernetesObject>();
    this.others.set(kind, objects);
    if (type === "deleted") objects.delete(uidOf(object));
    else objects.set(uidOf(object), object);
  }
}

const isOf = ({ kind }: Selection, object: KubernetesObject) => kind === kindOf(object).kind;

const generationOf = (object: KubernetesObject) => numberAt(object, "metadata", "generation") ?? 0;

const involvedUid = (event: KubernetesObject) => textAt(event, "involvedObject", "uid");

function timeOf(event: KubernetesObject): number {
  const time =
    textAt(event, "lastTimestamp") || textAt(event, "eventTime") || textAt(event, "metadata", "creationTimestamp");
  return Date.parse(time) || 0;
}
