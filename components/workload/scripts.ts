import { clusterPorts, kuboPorts } from "../network";
import type { Settings } from "../settings";
import { peerHost } from "./names";

/**
 * Puts a kubo repository in order before the daemon starts, on every boot: makes it where there is none, else only replaces the config
 * file and the swarm key. Refuses a volume that belongs to another peer: its pins would stay allocated to an id that is no more.
 */
export function configureKubo(settings: Settings): string {
  const guard = `if [ -f config ] && ! grep -qE '"PeerID": *"'"$(cat /etc/ipfs/peer-id)"'"' config; then
  echo "This volume belongs to another peer than $(cat /etc/ipfs/peer-id): $(grep -o '"PeerID": *"[^"]*"' config)." \\
    "Bring the earlier identities back (docs/operations.md, 'Identities'), or accept new ones with" \\
    "pulumi config set --path ipfs-cluster:volumes.acceptOtherIdentities true" | tee /dev/termination-log >&2
  exit 1
fi
`;
  // version is what ipfs init writes last: without it an init was cut short, and starting over loses nothing.
  return `set -eu
${ownVolume("$IPFS_PATH", "config")}cd "$IPFS_PATH"
# The mounted files are read-only, so neither they nor what an interrupted start left can be written over.
put() {
  rm -f "$2.new"
  cp "/etc/ipfs/$1" "$2.new"
  chmod 600 "$2.new"
  mv "$2.new" "$2"
}
${settings.volumes.acceptOtherIdentities ? "" : guard}if [ -f version ]; then
  put config.json config
else
  rm -rf config datastore_spec blocks datastore
  ipfs init /etc/ipfs/config.json
fi
${settings.network === "private" ? "put swarm.key swarm.key" : "rm -f swarm.key"}
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
  return `set -u
${ownVolume("$IPFS_CLUSTER_PATH", "pebble")}${meetAll(settings, "without")}nc -ll -p ${port} -e true &
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

/** Succeeds when this peer's REST API takes its credentials and answers from the loaded pinset. */
export function clusterIsReady(): string {
  // The empty identity CID: a question about the pinset that needs nobody else.
  return `exec wget -q -O /dev/null --header "$(cat /etc/ipfs-cluster/authorization)" 'http://127.0.0.1:${clusterPorts.rest.number}/pins/bafkqaaa?local=true'`;
}

/** Succeeds when kubo's RPC answers on loopback. */
export function rpcAnswersHere(): string {
  return `exec wget -q -O /dev/null http://127.0.0.1:${kuboPorts.rpc.number}/version`;
}
