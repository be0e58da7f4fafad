/** Tags, or parts of them such as `master-latest`, that are moved to other images. The policy pack has the same list in its configuration. */
export const floatingTags = ["latest", "main", "master", "edge", "nightly", "stable", "release"];

/** A commit or a day in a tag, such as in kubo's `master-2026-01-31-0123abc`, makes it that of one image. */
const oneBuild = /(^|-)([0-9a-f]{7,}|\d{4}-\d\d-\d\d)(-|$)/;

/** Whether an image stays what it is: it has a digest, or the tag of one version. */
export function isPinned(image: string, floating: readonly string[] = floatingTags): boolean {
  if (/@sha256:[a-f0-9]{64}$/.test(image)) return true;
  const [, tag] = /:([^/:]+)$/.exec(image) ?? [];
  if (tag === undefined) return false;
  return oneBuild.test(tag) || !tag.split("-").some((part) => floating.includes(part));
}
