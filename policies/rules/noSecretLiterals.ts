import { variables } from "../environment";
import type { Field } from "../field";
import { files, serviceJsons } from "../files";
import { isKubernetes } from "../pods";
import type { Rule } from "../rule";

const secrets: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key in PEM"],
  [/\/key\/swarm\/psk\/1\.0\.0\/\s+\/base(16|64)\/\s+\w/, "a swarm key"],
  // A libp2p private key is an Ed25519 or an RSA one in protobuf.
  [/(?<![\w+/])CAESQ[\w+/]{80,}/, "a libp2p private key"],
  [/(?<![\w+/])CAAS[\w+/]{300,}/, "a libp2p private key"],
  // In a file or a command, or as an object of a chart's values.
  [/AuthSecret\\*["']?\s*[:=]\s*\\*["']?\w/, "a credential of kubo's RPC"],
];

/** What a Secret's or a ConfigMap's files are in. */
const contents = new Set(["data", "stringData", "binaryData"]);

/** Names of fields that hold digests, which look like secrets. */
const digests = /checksum|digest|hash|sha-?256|revision|fingerprint/i;

/** Where secrets may be. */
export const noSecretLiterals: Rule = {
  name: "no-secret-literals",
  what: "Secrets are in Secrets only.",
  why: "Variables, ConfigMaps, annotations and a chart's values are shown to everyone who may look at pods, and logged.",
  fix: "put it into a Secret and mount that; then make a new one, since this one has been shown",
  check(resource, report) {
    if (!isKubernetes(resource) && !resource.type.startsWith("kubernetes:helm.sh/")) return;
    const isSecret = isKubernetes(resource, "Secret");
    const hasFiles = isSecret || isKubernetes(resource, "ConfigMap");
    const open = resource.fields.entries.flatMap(([key, part]) =>
      hasFiles && contents.has(key) ? [] : [...part.all()],
    );
    for (const field of isSecret ? open : [...open, ...files(resource).map(([, file]) => file)]) {
      const found = secretIn(field);
      if (found) report(field, `looks like ${found}`);
    }
    if (isSecret) return;
    for (const { name, value } of variables(resource)) {
      if (value && /_BASICAUTHCREDENTIALS$/.test(name) && hasPassword(value.text)) report(value, "has passwords");
    }
    for (const [, api] of serviceJsons(resource).flatMap((config) => config.at("api").entries)) {
      const credentials = api.at("basic_auth_credentials");
      if (credentials.entries.length > 0) report(credentials, "has passwords");
    }
  },
};

function secretIn(field: Field): string | undefined {
  const { text } = field;
  if (text === undefined) return undefined;
  const [, known] = secrets.find(([pattern]) => pattern.test(text)) ?? [];
  if (known) return known;
  if (/\bAuthSecret$/.test(field.path) && text !== "") return "a credential of kubo's RPC";
  if (digests.test(field.path)) return undefined;
  const words = text.match(/(?<![\w:-])[0-9a-f]{64}(?!\w)/gi) ?? [];
  return words.some((word) => entropy(word) > 3) ? "a secret of 64 hex digits" : undefined;
}

/** Whether there is a password in `user:password,...` that is not another variable's value: `$(NAME)`. */
function hasPassword(credentials = ""): boolean {
  return credentials.split(",").some((each) => /:./.test(each.replace(/\$\(\w+\)/g, "")));
}

/** Bits in each character; 4 at most for hex digits, and hardly less than 3.5 for 64 random ones. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
