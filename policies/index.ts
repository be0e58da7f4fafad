import { policyOf } from "./rule";
import { allowedRegistries } from "./rules/allowedRegistries";
import { boundedResources } from "./rules/boundedResources";
import { clientCredentials } from "./rules/clientCredentials";
import { clientTls } from "./rules/clientTls";
import { clusterSecret } from "./rules/clusterSecret";
import { disruptionBudgets } from "./rules/disruptionBudgets";
import { hostsApart } from "./rules/hostsApart";
import { judgedInFull } from "./rules/judgedInFull";
import { keptClaims } from "./rules/keptClaims";
import { knownEnvironment } from "./rules/knownEnvironment";
import { networkPolicies } from "./rules/networkPolicies";
import { noApiToken } from "./rules/noApiToken";
import { noExposedAdminPort } from "./rules/noExposedAdminPort";
import { noLeaveOnShutdown } from "./rules/noLeaveOnShutdown";
import { noRandomIds } from "./rules/noRandomIds";
import { noSecretLiterals } from "./rules/noSecretLiterals";
import { noSnippets } from "./rules/noSnippets";
import { peersAgree } from "./rules/peersAgree";
import { pinnedCharts } from "./rules/pinnedCharts";
import { pinnedImages } from "./rules/pinnedImages";
import { probes } from "./rules/probes";
import { protectedData } from "./rules/protectedData";
import { readOnlyRoot } from "./rules/readOnlyRoot";
import { restrictedPods } from "./rules/restrictedPods";
import { spreadPods } from "./rules/spreadPods";
import { trustedPeers } from "./rules/trustedPeers";

/** Every rule there is; their levels and parameters are in config.json. docs/policies.md says what each is for. */
export const rules = [
  // Ways in
  noExposedAdminPort,
  clientTls,
  clientCredentials,
  hostsApart,
  noSnippets,
  networkPolicies,
  // The pinset
  trustedPeers,
  clusterSecret,
  noLeaveOnShutdown,
  knownEnvironment,
  peersAgree,
  // Data
  protectedData,
  keptClaims,
  // Secrets
  noSecretLiterals,
  noRandomIds,
  // Pods
  restrictedPods,
  readOnlyRoot,
  noApiToken,
  pinnedImages,
  allowedRegistries,
  pinnedCharts,
  boundedResources,
  probes,
  disruptionBudgets,
  spreadPods,
  // Last, as it is about all others
  judgedInFull,
] as const;

/** What Pulumi runs. */
export const policies = rules.map((rule) => policyOf(rule));
