import { clusterVersion, kuboVersion } from "../upstream";
import { type Fault, setCommand } from "./faults";
import type { PreviousStack, RuleContext } from "./previousStack";
import type { Settings } from "./settings";

/** Major, minor and patch level of a release. */
type Version = readonly [number, number, number];

/**
 * The format of the repository that releases of kubo write, from the first that does. A newer kubo migrates a repository of an older one
 * when it starts; an older one refuses a newer repository.
 */
const repositoryFormats: readonly (readonly [since: Version, format: number])[] = [
  [[0, 30, 0], 16],
  [[0, 37, 0], 17],
  [[0, 38, 0], 18],
];

/** Releases from which an upgrade to the current one is tested, on volumes that hold something (test/e2e/data.upgrade.test.ts). */
const testedFrom: Readonly<Record<"kubo" | "cluster", readonly string[]>> = { kubo: ["v0.37.0"], cluster: [] };

/** Versions only go up: what a newer one has written an older one may not read, and says so only when it is too late. */
export function downgradeRules(name: "kubo" | "cluster", settings: Settings, context: RuleContext): Fault[] {
  const image = settings[name].image;
  const [before, now] = [versionOf(context.previous.images?.[name]), versionOf(image)];
  if (!before || !now || compare(now, before) >= 0 || (name === "kubo" && sameFormat(before, now))) return [];
  const version = text(now);
  if (context.acceptDowngrade?.[name] === version) return [];
  const reason = `older than the ${text(before)} that the last update brought, and may not read what that wrote`;
  const fix = `${setCommand(`${name}.image`, context.previous.images?.[name] ?? "")}; or, where that never started or the volumes are such that it can, ${setCommand(`acceptDowngrade.${name}`, version)}`;
  return [{ path: `${name}.image`, value: image, reason, fix }];
}

/** kubo brings the migrations of later formats; a program for earlier ones it would fetch from the network, which fenced pods can't. */
export function migrationRules({ kubo }: Settings, { previous }: RuleContext): Fault[] {
  const [before, now] = [versionOf(previous.images?.kubo), versionOf(kubo.image)];
  const [[oldest]] = repositoryFormats;
  if (!before || !now || compare(before, oldest) >= 0 || compare(now, oldest) < 0) return [];
  const reason = `can't migrate the repositories of ${text(before)} without a program that it downloads, which it may not`;
  const fix = `${setCommand("kubo.image", previous.images?.kubo ?? "")}; a stack of its own can take the content over (docs/operations.md, "Another topology")`;
  return [{ path: "kubo.image", value: kubo.image, reason, fix }];
}

/** Sentences about versions, and ways from one to another, that this program was not tested with. */
export function versionWarnings(settings: Settings, previous: PreviousStack): string[] {
  return (["kubo", "cluster"] as const).flatMap((name) => {
    const { image } = settings[name];
    const [before, now] = [versionOf(previous.images?.[name]), versionOf(image)];
    const tested = name === "kubo" ? kuboVersion : clusterVersion;
    if (!now) return [];
    if (text(now) !== tested)
      return [`ipfs-cluster:${name}.image ${image} is not the ${tested} that this program was tested with`];
    if (!before || compare(before, now) >= 0 || testedFrom[name].includes(text(before))) return [];
    return [
      `ipfs-cluster:${name}.image ${image} is an upgrade from ${text(before)}, which was not tested: try it on a copy of the stack first`,
    ];
  });
}

/** Whether an update brings other programs than run: those of a stack that does not say which it has may be any. */
export function bringsOtherImages(settings: Settings, previous: RuleContext["previous"]): boolean {
  if (previous.replicas === undefined) return false;
  return (["kubo", "cluster"] as const).some((name) => previous.images?.[name] !== settings[name].image);
}

/** A release as the image's tag names it; undefined where it names none. */
function versionOf(image = ""): Version | undefined {
  const [, major, minor, patch] = /:v(\d+)\.(\d+)\.(\d+)(?:@sha256:[a-f0-9]{64})?$/.exec(image) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

function text(version: Version): string {
  return `v${version.join(".")}`;
}

function compare(one: Version, other: Version): number {
  const at = one.findIndex((part, index) => part !== other[index]);
  return at < 0 ? 0 : one[at] - other[at];
}

function sameFormat(one: Version, other: Version): boolean {
  const [format, otherFormat] = [formatOf(one), formatOf(other)];
  return format !== undefined && format === otherFormat;
}

/** Undefined where it is not known: before the first in the table, and after the release that was tested. */
function formatOf(version: Version): number | undefined {
  const last = versionOf(`:${kuboVersion}`);
  if (!last || compare(version, last) > 0) return undefined;
  return repositoryFormats.findLast(([since]) => compare(version, since) >= 0)?.[1];
}
