import { clusterSecretKey, type IdentityRole, identityKey, swarmKeyKey } from "../settings";

/**
 * Configuration is put together when a pod starts: what is not secret comes from a ConfigMap, each secret value from a file of a Secret,
 * whoever made it. A value gets no further than its form allows, so that none can break out of JSON or the shell. The shell's own commands
 * do all of it: a value is never an argument or a variable of a process.
 */

/** Where pods have the Secrets, each a directory but the peer's own key, which is a file. */
export const mounts = {
  clusterSecret: "/etc/ipfs-cluster/cluster-secret",
  restCredentials: "/etc/ipfs-cluster/rest-credentials",
  swarmKey: "/etc/ipfs/swarm-key",
} as const;

/** What stands in a configuration file in the place of a secret value, as the whole of a line's value. */
export const placeholders = {
  clusterSecret: "@cluster-secret@",
  restCredentials: "@rest-credentials@",
  privateKey: "@private-key@",
} as const;

/** A configuration file as the functions below complete it: one value on each line. */
export function template(config: object): string {
  return JSON.stringify(config, null, 2);
}

/** What the scripts of all pods begin with. The message of `fail` is the pod's status, too; it never holds a value. */
export const prelude = `LC_ALL=C
fail() {
  echo "$1. See docs/secrets.md." | tee /dev/termination-log >&2
  exit 1
}
# value DIRECTORY KEY NAME: prints what is in a key of a Secret, line ends at its end left out.
value() {
  [ -f "$1/$2" ] || fail "The Secret of $3 has no key $2"
  cat "$1/$2"
}
hex_key() {
  case $1 in *[!0-9a-fA-F]*) return 1 ;; esac
  [ "\${#1}" -eq 64 ]
}
`;

/**
 * Sets `peer_id` and `generation` from the file `peer`, and `private_key` from the file `private-key`, both in `directory`. A private key ends
 * in its public half, and so does the peer id that it must belong to.
 */
export function readIdentity(directory: string, role: IdentityRole): string {
  const key = identityKey(role, "$POD_INDEX");
  const of = `in the Secret of secrets.identities.${role}`;
  return `read -r peer_id public_key generation <${directory}/peer
[ -f ${directory}/private-key ] || fail "There is no key ${key} ${of}"
private_key=$(cat ${directory}/private-key)
case $private_key in CAESQ*) ;; *) private_key= ;; esac
case $private_key in *[!A-Za-z0-9+/=]*) private_key= ;; esac
[ "\${#private_key}" -eq 92 ] || fail "${key} ${of} is not an Ed25519 private key in libp2p's base64 form"
case $private_key in
  *"$public_key") ;;
  *) fail "${key} ${of} is not the key of peer id $peer_id, which the settings name" ;;
esac
`;
}

/** Sets `swarm_key`, the digits alone. */
export function readSwarmKey(): string {
  return `swarm_key=$(value ${mounts.swarmKey} ${swarmKeyKey} secrets.swarmKey)
head="/key/swarm/psk/1.0.0/
/base16/
"
case $swarm_key in "$head"*) swarm_key=\${swarm_key#"$head"} ;; *) swarm_key= ;; esac
hex_key "$swarm_key" || fail "${swarmKeyKey} in the Secret of secrets.swarmKey is not of the form /key/swarm/psk/1.0.0/, /base16/, 64 hex digits, a line each"
`;
}

/** Sets `cluster_secret`. */
export function readClusterSecret(): string {
  return `cluster_secret=$(value ${mounts.clusterSecret} ${clusterSecretKey} secrets.clusterSecret)
hex_key "$cluster_secret" || fail "${clusterSecretKey} in the Secret of secrets.clusterSecret is not 64 hex digits"
`;
}

/** Sets `username`, `password` and `credentials`, the JSON object of all users that count. */
export function readCredentials(): string {
  const of = "in the Secret of secrets.restCredentials";
  return `# credential KEY LEAST: prints a value of the credentials.
credential() {
  text=$(value ${mounts.restCredentials} "$1" secrets.restCredentials) || exit 1
  case $text in *[!!-~]* | *[,:\\"\\\\]*) text= ;; esac
  [ "\${#text}" -ge "$2" ] && [ "\${#text}" -le 256 ] ||
    fail "$1 ${of} is not $2 to 256 characters of ASCII without spaces, colons, commas, quotes and backslashes"
  printf %s "$text"
}
username=$(credential username 1)
password=$(credential password 16)
credentials="{\\"$username\\": \\"$password\\"}"
if [ -e ${mounts.restCredentials}/previous-username ]; then
  previous_username=$(credential previous-username 1)
  previous_password=$(credential previous-password 16)
  [ "$username" != "$previous_username" ] ||
    fail "username and previous-username ${of} are the same, and ipfs-cluster knows one password of each"
  credentials="{\\"$username\\": \\"$password\\", \\"$previous_username\\": \\"$previous_password\\"}"
fi
`;
}

/** A line of a template: where it is, its key and what it holds, as JSON prints them. */
interface Slot {
  readonly depth: number;
  readonly key: string;
  readonly placeholder: string;
  /** A JSON value in the shell's words, to stand in double quotes. */
  readonly value: string;
}

/**
 * Shell function `fill FILE`, which prints a template with its slots filled. Only a whole line at its own depth counts, which no value of
 * the stack file's can imitate: JSON escapes line ends and quotes.
 */
export function fill(slots: readonly Slot[]): string {
  const branches = slots.map(({ depth, key, placeholder, value }) => {
    const start = `${"  ".repeat(depth)}"${key}": `;
    const line = `${start}"${placeholder}"`;
    return `      '${line}' | '${line},') printf '${start}%s%s\\n' "${value}" "\${line##*@\\"}" ;;`;
  });
  return `fill() {
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
${branches.join("\n")}
      *) printf '%s\\n' "$line" ;;
    esac
  done <"$1"
}
`;
}
