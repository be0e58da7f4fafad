export type FileContent = string | Uint8Array<ArrayBuffer>;

/** How long a single question may take; a pod that is being made may swallow packets. */
const answerTimeout = 1_000;
/** Adding and pinning wait for other peers. */
const workTimeout = 60_000;

/** One cluster peer's REST API. */
export class RestApi {
  constructor(
    private readonly address: string,
    private readonly authorization?: string,
  ) {}

  /** How many peers it could allocate a pin to. */
  async allocatable(): Promise<number> {
    const response = await this.request("/monitor/metrics/freespace", {}, answerTimeout);
    const metrics = (await response.json()) as { readonly valid: boolean }[] | null;
    return (metrics ?? []).filter(({ valid }) => valid).length;
  }

  /**
   * Adds a file and returns its CID.
   *
   * @param copies on exactly how many peers it is to be pinned; it is refused as long as there are fewer.
   */
  async add(content: FileContent, copies: number): Promise<string> {
    const query = `stream-channels=false&replication-min=${copies}&replication-max=${copies}&${addOptions}`;
    const response = await this.request(`/add?${query}`, { method: "POST", body: fileForm(content) }, workTimeout);
    return ((await response.json()) as { cid: string }[])[0].cid;
  }

  /** On how many peers a CID is PINNED. */
  async pinnedOn(cid: string): Promise<number> {
    const response = await this.request(`/pins/${cid}`, {}, workTimeout);
    return pinnedPeers((await response.json()) as PinStatus);
  }

  /** On how many peers each CID of the pinset is PINNED. */
  async pinnedOnAll(): Promise<ReadonlyMap<string, number>> {
    const lines = (await (await this.request("/pins", {}, workTimeout)).text()).split("\n").filter(Boolean);
    const statuses = lines.map((line) => JSON.parse(line) as PinStatus);
    return new Map(statuses.map((status) => [status.cid, pinnedPeers(status)]));
  }

  private async request(path: string, init: RequestInit, timeout: number): Promise<Response> {
    const headers = this.authorization ? { authorization: this.authorization } : undefined;
    return answer(`http://${this.address}:9094${path}`, { ...init, headers, signal: AbortSignal.timeout(timeout) });
  }
}

/** Adds a file to a kubo itself and returns its CID. */
export async function addToKubo(address: string, content: FileContent): Promise<string> {
  const url = `http://${address}:5001/api/v0/add?pin=true&${addOptions}`;
  const signal = AbortSignal.timeout(workTimeout);
  const response = await answer(url, { method: "POST", body: fileForm(content), signal });
  return ((await response.json()) as { Hash: string }).Hash;
}

/** The same blocks and the same CID from both. */
const addOptions = "cid-version=1&raw-leaves=true&chunker=size-262144";

interface PinStatus {
  readonly cid: string;
  readonly peer_map: Readonly<Record<string, { readonly status: string }>>;
}

function pinnedPeers({ peer_map }: PinStatus): number {
  return Object.values(peer_map).filter(({ status }) => status === "pinned").length;
}

function fileForm(content: FileContent): FormData {
  const form = new FormData();
  form.set("file", new Blob([content]), "file");
  return form;
}

/** @throws saying why, not only that it failed. */
async function answer(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch(({ message, cause }: Error) => {
    throw new Error(`${url}: ${cause instanceof Error ? cause.message : message}`);
  });
  if (response.ok) return response;
  throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
}
