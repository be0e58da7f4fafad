import type { Rule } from "../rule";

/** Charts that stay what they are. */
export const pinnedCharts: Rule = {
  name: "pinned-charts",
  what: "Every chart, ingress-nginx above all, is installed in one exact version.",
  why: "Without one each update installs whatever is the newest: a controller that reads all Secrets changes by itself.",
  fix: "name the exact version, such as 4.15.1",
  check(resource, report) {
    if (!/^kubernetes:helm\.sh\/v[34]:(Release|Chart)$/.test(resource.type)) return;
    const version = resource.fields.at("version");
    const isFolder = /^[./]/.test(resource.fields.at("chart").text ?? "");
    if (version.missing) {
      if (!isFolder) report(version, "is missing");
    } else if (version.text !== undefined && !/^v?\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(version.text)) {
      report(version, `"${version.text}" is no exact version`);
    }
  },
};
