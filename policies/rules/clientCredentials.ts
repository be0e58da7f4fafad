import { valuesOf, variables } from "../environment";
import type { Field } from "../field";
import { serviceJsons } from "../files";
import { place } from "../pods";
import type { Report, Resource, Rule } from "../rule";

const apis = ["restapi", "pinsvcapi"] as const;
type Api = (typeof apis)[number];

const listen = "http_listen_multiaddress";

/** The variables that go before what an API has in service.json. */
const addressOf = (api: Api) => `CLUSTER_${api.toUpperCase()}_HTTPLISTENMULTIADDRESS`;
const credentialsOf = (api: Api) => `CLUSTER_${api.toUpperCase()}_BASICAUTHCREDENTIALS`;

/** Who may use the REST and the pinning API. */
export const clientCredentials: Rule = {
  name: "client-apis-ask-for-credentials",
  what: "ipfs-cluster's REST API and Pinning Service API take requests with credentials only.",
  why: "Whoever reaches them otherwise adds, changes and deletes pins.",
  fix: "set basic_auth_credentials of the API, as this program does when it is left alone",
  check(resource, report) {
    for (const api of apis) {
      for (const config of serviceJsons(resource)) checkApi(config.at("api", api), report);
      for (const credentials of valuesOf(resource, credentialsOf(api))) {
        if (credentials.missing) report(credentials, "is empty: no credentials are asked for");
      }
    }
  },
  checkStack(resources, report) {
    for (const resource of resources) {
      const around = () => resources.filter((each) => place(each).namespace === place(resource).namespace);
      for (const api of apis) {
        for (const address of valuesOf(resource, addressOf(api))) {
          if (!isLocal(address) && leavesBare(api, around())) {
            report(address, `opens ${api}, and nothing asks for credentials`);
          }
        }
      }
    }
  },
};

/** Whether an API is on and asks for no credentials, as it is by ipfs-cluster's own default, which is to listen locally. */
function leavesBare(api: Api, resources: readonly Resource[]): boolean {
  const all = resources.flatMap((resource) => variables(resource));
  if (all.some(({ name, value }) => name === credentialsOf(api) && !value?.missing)) return false;
  const configs = resources.flatMap((resource) => serviceJsons(resource));
  const sections = configs.map((config) => config.at("api", api)).filter((section) => !section.missing);
  return configs.length === 0 || sections.some((section) => section.at("basic_auth_credentials").missing);
}

function checkApi(api: Field, report: Report): void {
  if (api.missing || isLocal(api.at(listen))) return;
  const credentials = api.at("basic_auth_credentials");
  if (credentials.missing) report(credentials, "is empty: no credentials are asked for");
  for (const [, password] of credentials.entries) {
    // The user's name is part of the path, and only half of a secret.
    if (password.missing) report(credentials, "has a user without a password");
  }
}

/** Whether an API is for the pod's own containers only. */
function isLocal(field: Field): boolean {
  const addresses = field.text?.split(",") ?? field.items.map(({ text }) => text ?? "");
  return addresses.length > 0 && addresses.every((address) => /^\/(ip4\/127\.|ip6\/::1\/)/.test(address));
}
