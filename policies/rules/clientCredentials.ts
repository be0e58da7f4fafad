import type { Field } from "../field";
import { serviceJsons } from "../files";
import type { Report, Rule } from "../rule";

const apis = { restapi: "http_listen_multiaddress", pinsvcapi: "http_listen_multiaddress" } as const;

/** Who may use the REST and the pinning API. */
export const clientCredentials: Rule = {
  name: "client-apis-ask-for-credentials",
  what: "ipfs-cluster's REST API and Pinning Service API take requests with credentials only.",
  why: "Whoever reaches them otherwise adds, changes and deletes pins.",
  fix: "set basic_auth_credentials of the API, as this program does when it is left alone",
  check(resource, report) {
    for (const config of serviceJsons(resource)) {
      for (const [name, address] of Object.entries(apis)) checkApi(config.at("api", name), address, report);
    }
  },
};

function checkApi(api: Field, address: string, report: Report): void {
  if (api.missing || isLocal(api.at(address))) return;
  const credentials = api.at("basic_auth_credentials");
  if (credentials.missing) report(credentials, "is empty: no credentials are asked for");
  for (const [, password] of credentials.entries) {
    // The user's name is part of the path, and only half of a secret.
    if (password.missing) report(credentials, "has a user without a password");
  }
}

/** Whether an API is for the pod's own containers only. */
function isLocal(listen: Field): boolean {
  const addresses = listen.text === undefined ? listen.items.map(({ text }) => text ?? "") : [listen.text];
  return addresses.length > 0 && addresses.every((address) => /^\/(ip4\/127\.|ip6\/::1\/)/.test(address));
}
