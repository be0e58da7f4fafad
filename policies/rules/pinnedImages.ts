import { isPinned } from "../images";
import { allContainers } from "../pods";
import type { Parameters, Rule } from "../rule";

interface Given {
  /** Tags, and parts of tags between dashes, that are moved to other images. */
  readonly floating: readonly string[];
}

const parameters: Parameters = { floating: { type: "array", items: { type: "string" } } };

/** Images that stay what they are. */
export const pinnedImages: Rule<Given> = {
  name: "pinned-images",
  what: "Every image has a digest, or the tag of one version.",
  why: "A tag that moves makes two pods of a kind run different versions, and an upgrade of stored data happen by a restart.",
  fix: "name a version, such as `:v1.1.6`, or a digest",
  parameters,
  check(resource, report, { floating }) {
    for (const container of allContainers(resource)) {
      const image = container.at("image");
      const { text } = image;
      if (text !== undefined && !isPinned(text, floating)) report(image, `"${text}" is another image tomorrow`);
    }
  },
};
