import { clusterPorts, kuboPorts } from "../network";
import type { Settings } from "../settings";
import { fill, placeholders, prelude, readClusterSecret, readCredentials, readIdentity, readSwarmKey } from "./compose";
import { peerHost } from "./names";

/** Where kubo's configuration is mounted, the peer's own. */
export const kuboEtc = "/etc/ipfs";

/** Where ipfs-cluster's configuration is mounted, the peer's own. */
export const clusterEtc = "/etc/ipfs-cluster";

/** Where ipfs-cluster's completed configuration is: in memory. */
export const clusterRun = "/run/ipfs-cluster";

/**
 * Puts a kubo repository in order before the daemon starts, on every boot: makes it where there is none, else only replaces the config
 * file and the swarm key. Refuses a volume that belongs to another peer: its pins would stay allocated to an id that is no more.
 */
export function configureKubo(settings: Settings): string {
  // A new key on purpose raises the peer's generation, and its volume, which knows the last one, follows. Another peer's never does.
  const guard = `if [ -f config ] && ! grep -qE '"PeerID": *"'"$peer_id"'"' config; then
  theirs=$(sed -n 's/.*"PeerID": *"\\([^"]*\\)".*/\\1/p' config)
  if [ "$generation" -le "$last" ] || grep -qF "\\"$theirs\\"" ${kuboEtc}/config.json; then
    echo "This volume belongs to another peer than $peer_id: $(grep -o '"PeerID": *"[^"]*"' config)." \\
      "Bring the earlier identities back (docs/operations.md, 'Identities'), or accept new ones with" \\
      "pulumi config set --path ipfs-cluster:volumes.acceptOtherIdentities true" | tee /dev/termination-log >&2
    exit 1
  fi
fi
`;
  const isPrivate = settings.network === "private";
  const slots = [{ depth: 2, key: "PrivKey", placeholder: placeholders.privateKey, value: '\\"$private_key\\"' }];
  // ipfs init writes version before it makes blocks and datastore: what is in these without it was copied there, and not all of it.
  return `set -eu
${ownVolume("$IPFS_PATH", "config")}${prelude}${readIdentity(kuboEtc, "kubo")}${isPrivate ? readSwarmKey() : ""}${fill(slots)}cd "$IPFS_PATH"
last=1
[ ! -f identity-generation ] || read -r last <identity-generation
${settings.volumes.acceptOtherIdentities ? "" : guard}# What an interrupted start left may be nobody's to write to.
rm -f config.new swarm.key.new
(umask 077 && fill ${kuboEtc}/config.json >config.new)
if [ -f version ]; then
  mv config.new config
elif [ -n "$(ls -A blocks datastore 2>/dev/null | grep -v ':$')" ]; then
  echo "This volume holds blocks or a datastore, and no file version: a copy that is not complete. Copy the rest," \\
    "version last, or empty the volume (docs/operations.md, 'Volumes')" | tee /dev/termination-log >&2
  exit 1
else
  rm -rf config datastore_spec
  ipfs init config.new
  rm config.new
fi
[ "$generation" -eq "$last" ] || echo "$generation" >identity-generation
${
  isPrivate
    ? `(umask 077 && printf '/key/swarm/psk/1.0.0/\\n/base16/\\n%s\\n' "$swarm_key" >swarm.key.new)
mv swarm.key.new swarm.key`
    : "rm -f swarm.key"
}
`;
}

/**
 * Ends with the reason where the volume's files are another user's: Kubernetes gives them to the pod's group, but not every storage lets it.
 *
 * @param file one that an earlier user has written, if there was one.
 */
function ownVolume(directory: string, file: string): string {
  return `if ! [ -w "${directory}" ] || { [ -e "${directory}/${file}" ] && ! [ -r "${directory}/${file}" ]; }; then
  echo "User $(id -u) of groups $(id -G) may not use this volume, which is of user and group $(stat -c %u:%g "${directory}"):" \\
    "its storage does not give it to the pods' group. Bring the earlier podSecurity.user back, or hand its files over" \\
    "(docs/operations.md, 'User ids')" | tee /dev/termination-log >&2
  exit 1
fi
`;
}

/** Makes a repository with an identity of its own, and sets each section of its config from the file of that name. */
export function configureGateway(): string {
  // An earlier try may have been cut short.
  return `set -eu
rm -rf "$IPFS_PATH"/*
ipfs init --empty-repo
cd /etc/ipfs
for section in *; do ipfs config --json "$section" "$(cat "$section")"; done
`;
}

/** How long a starting pod waits for another, in seconds, before it goes on without it. */
const patienceSeconds = 15;

/**
 * Shell function `meet_all PORT REQUEST ANSWER`: asks every other peer's cluster pod, and returns when each has answered, or patience is at
 * its end. Peers that don't run have no Service, so their names don't resolve, and nobody waits for them.
 */
function meetAll(settings: Settings, self: "with" | "without"): string {
  const others = self === "with" ? "" : '[ "$peer" -eq "$POD_INDEX" ] || ';
  // The final dot keeps the resolver from trying its search domains.
  return `trap 'exit 143' TERM
# A process that has only just begun takes a TERM for this shell's own, and loses it.
end() {
  kill -KILL "$1"
  wait "$1" 2>/dev/null
}
deadline=$(($(date +%s) + ${patienceSeconds}))
meet() {
  until answer=$(printf "$3" | nc -w 1 "$1" "$2" 2>&1) && [ -z "\${answer##*"$4"*}" ]; do
    case "$answer" in *"bad address"*) return ;; esac
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo "$1 did not answer on port $2 within ${patienceSeconds} s: going on without it"
      return
    fi
    sleep 0.1
  done
}
meet_all() {
  meetings=
  peer=0
  while [ "$peer" -lt ${settings.identities} ]; do
    ${others}{ meet "${peerHost(settings, "cluster", "$peer")}." "$@" & meetings="$meetings $!"; }
    peer=$((peer + 1))
  done
  [ -n "$meetings" ] || return
  # Somebody may take a connection and then fall silent for ever. A shell's own read, unlike sleep, leaves no process behind.
  rm -f /tmp/never && mkfifo /tmp/never
  { read -r -t ${2 * patienceSeconds} _ <>/tmp/never; kill $meetings; } 2>/dev/null &
  alarm=$!
  wait $meetings
  end "$alarm"
}
`;
}

/**
 * Brings starting cluster peers together and then becomes the daemon: each peer listens on the swarm port and dials all others until each
 * has answered once. ipfs-cluster dials its peers once at start and then only every 30 s; a first dial that fails because the other pod,
 * or the route to it, is not there yet would cost that long. It is no init container, because one takes time to be followed by the daemon.
 */
export function startCluster(settings: Settings): string {
  const port = clusterPorts.swarm.number;
  return `set -eu
${ownVolume("$IPFS_CLUSTER_PATH", "pebble")}${composeCluster()}set +e
${meetAll(settings, "without")}nc -ll -p ${port} -e true &
listener=$!
meet_all ${port} "" ""
end "$listener"
exec ipfs-cluster-service daemon "$@"
`;
}

/**
 * Waits until all cluster peers serve, which they do once they have dialled each other, and then becomes the daemon. A cluster peer sends
 * its first metrics as soon as it finds its kubo, and the next ones only half a metric's lifetime later: whoever has not connected by then
 * can't allocate to it for that long.
 */
export function startKubo(settings: Settings): string {
  return `set -u
${meetAll(settings, "with")}meet_all ${clusterPorts.rest.number} 'GET /health HTTP/1.1\\r\\nHost: cluster\\r\\nConnection: close\\r\\n\\r\\n' " 204 "
exec ipfs daemon --migrate=true --agent-version-suffix=kubernetes "$@"
`;
}

/** Writes service.json, identity.json and what the probe says of itself into memory, and leads ipfs-cluster there. */
function composeCluster(): string {
  const slots = [
    { depth: 2, key: "secret", placeholder: placeholders.clusterSecret, value: '\\"$cluster_secret\\"' },
    { depth: 3, key: "basic_auth_credentials", placeholder: placeholders.restCredentials, value: "$credentials" },
  ];
  return `${prelude}${readIdentity(clusterEtc, "cluster")}${readClusterSecret()}${readCredentials()}${fill(slots)}(
  umask 077
  cd ${clusterRun}
  fill ${clusterEtc}/service.json >service.json
  printf '{"id": "%s", "private_key": "%s"}\\n' "$peer_id" "$private_key" >identity.json
  printf 'Authorization: Basic %s' "$(printf '%s:%s' "$username" "$password" | base64 | tr -d '\\n')" >authorization
)
for file in service.json identity.json; do ln -sf ${clusterRun}/$file "$IPFS_CLUSTER_PATH/$file"; done
`;
}

/** Succeeds when this peer's REST API takes its credentials and answers from the loaded pinset. */
export function clusterIsReady(): string {
  // The empty identity CID: a question about the pinset that needs nobody else. wget would have the credentials as an argument.
  return `{
  printf 'GET /pins/bafkqaaa?local=true HTTP/1.1\\r\\nHost: cluster\\r\\nConnection: close\\r\\n'
  cat ${clusterRun}/authorization
  printf '\\r\\n\\r\\n'
} | nc -w 5 127.0.0.1 ${clusterPorts.rest.number} | { read -r _ status _ && [ "$status" = 200 ]; }`;
}

/** Succeeds when kubo's RPC answers on loopback. */
export function rpcAnswersHere(): string {
  return `exec wget -q -O /dev/null http://127.0.0.1:${kuboPorts.rpc.number}/version`;
}
