import { allContainers } from "../pods";
import type { Parameters, Rule } from "../rule";

interface Given {
  /** Hosts of registries, each with the start of a repository's path if only that is allowed: `ghcr.io/our-team`. */
  readonly registries: readonly string[];
}

const parameters: Parameters = { registries: { type: "array", items: { type: "string", minLength: 1 } } };

/** Where images come from. */
export const allowedRegistries: Rule<Given> = {
  name: "allowed-registries",
  what: "Images come from the registries on the list.",
  why: "Whoever writes an image runs what they like beside the data.",
  fix: "use an image of an allowed registry, or put its registry on the list in the pack's configuration",
  parameters,
  check(resource, report, { registries }) {
    for (const container of allContainers(resource)) {
      const image = container.at("image");
      if (image.text === undefined) continue;
      const whole = complete(image.text);
      if (!registries.some((allowed) => whole.startsWith(`${allowed}/`)))
        report(image, `"${image.text}" is from elsewhere`);
    }
  },
};

/** With the registry that Docker's short names leave out. */
function complete(image: string): string {
  const [first, ...rest] = image.split("/");
  if (rest.length > 0 && /[.:]|^localhost$/.test(first)) return image;
  return `docker.io/${rest.length > 0 ? "" : "library/"}${image}`;
}
