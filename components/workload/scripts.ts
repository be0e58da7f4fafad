import { clusterPorts } from "../network";
import type { Settings } from "../settings";
import { peerHost } from "./names";

/**
 * Puts a kubo repository in order before the daemon starts, on every boot: makes it where there is none, else only replaces the config
 * file and the swarm key. Refuses a volume that belongs to another peer: its pins would stay allocated to an id that is no more.
 */
export function configureKubo(settings: Settings): string {
  const guard = `if [ -f config ] && ! grep -qF "$(cat /etc/ipfs/peer-id)" config; then
  echo "This volume belongs to another peer than $(cat /etc/ipfs/peer-id): $(grep -o '"PeerID": *"[^"]*"' config)." \\
    "Bring the earlier identities back (docs/operations.md, 'Identities'), or accept new ones with" \\
    "pulumi config set --path ipfs-cluster:volumes.acceptOtherIdentities true" | tee /dev/termination-log >&2
  exit 1
fi
`;
  // version is what ipfs init writes last: without it an init was cut short, and starting over loses nothing.
  return `set -eu
cd "$IPFS_PATH"
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

/** How long a starting pod waits for another, in seconds, before it goes on without it. */
const patienceSeconds = 15;

/**
 * Shell function `meet HOST PORT`: returns when somebody answers there, when the name does not exist, or when patience is at its end.
 */
const meet = `trap 'exit 143' TERM
deadline=$(($(date +%s) + ${patienceSeconds}))
meet() {
  until answer=$(nc -w 1 "$1" "$2" </dev/null 2>&1); do
    case "$answer" in *"bad address"*) return ;; esac
    if [ "$(date +%s)" -ge "$deadline" ]; then
      echo "$1 did not answer on port $2 within ${patienceSeconds} s: going on without it"
      return
    fi
    sleep 0.1
  done
}
`;

/**
 * Brings starting cluster peers together and then becomes the daemon: each peer listens on the swarm port and dials all others until each
 * has answered once. ipfs-cluster dials its peers once at start and then only every 30 s; a first dial that fails because the other pod,
 * or the route to it, is not there yet would cost that long. It is no init container: the time between one that ends and the daemon that
 * starts is what peers would miss each other in.
 *
 * Peers that don't run have no Service, so their names don't resolve, and nobody waits for them.
 */
export function startCluster(settings: Settings): string {
  const port = clusterPorts.swarm.number;
  // The final dot keeps the resolver from trying its search domains.
  return `set -u
${meet}nc -ll -p ${port} -e true &
listener=$!
peer=0
meetings=
while [ "$peer" -lt ${settings.identities} ]; do
  [ "$peer" -eq "$POD_INDEX" ] || { meet "${peerHost(settings, "cluster", "$peer")}." ${port} & meetings="$meetings $!"; }
  peer=$((peer + 1))
done
wait $meetings
# Long enough for the slowest to be answered too.
sleep 0.3
kill "$listener"
wait "$listener"
exec ipfs-cluster-service daemon "$@"
`;
}

/**
 * Waits for the kubo's own cluster peer and then becomes the daemon. A cluster peer that finds its kubo at once publishes its first metrics
 * before the others have connected, and the next ones only half a metric's lifetime later; finding it on the second look, a second on,
 * all are there.
 */
export function startKubo(settings: Settings): string {
  return `set -u
${meet}meet "${peerHost(settings, "cluster", "$POD_INDEX")}." ${clusterPorts.rest.number}
exec ipfs daemon --migrate=true --agent-version-suffix=kubernetes "$@"
`;
}

/** Succeeds when this peer's REST API takes its credentials and answers from the loaded pinset. */
export function clusterIsReady(): string {
  // The empty identity CID: a question about the pinset that needs nobody else.
  return `exec wget -q -O /dev/null --header "$(cat /etc/ipfs-cluster/authorization)" 'http://127.0.0.1:${clusterPorts.rest.number}/pins/bafkqaaa?local=true'`;
}
