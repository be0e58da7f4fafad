import { Client } from "./cluster/client";
import { Cluster } from "./cluster/cluster";
import { connect } from "./cluster/kubeconfig";
import type { ProviderConfig } from "./config";

/** The cluster cannot be used, or not reached. */
export class NoClusterError extends Error {
  constructor(why: string) {
    super(`configured Kubernetes cluster is unreachable: ${why}`);
    this.name = "NoClusterError";
  }
}

/** A provider's configuration and the cluster it leads to. */
export class Session {
  /** The namespace of objects that name none. */
  readonly namespace: string;
  private readonly target: Cluster | Error;
  private answered: Promise<string | undefined> | undefined;

  /** A kubeconfig that leads nowhere is no fault yet: a preview can do without a cluster. */
  constructor(readonly config: ProviderConfig) {
    try {
      const connection = connect(config);
      this.target = new Cluster(new Client(connection));
      this.namespace = config.namespace ?? connection.namespace;
    } catch (error) {
      this.target = error as Error;
      this.namespace = config.namespace ?? "default";
    }
  }

  /** Why the cluster cannot be reached; undefined if it can. Asked once. */
  unreachable(): Promise<string | undefined> {
    this.answered ??= this.ask();
    return this.answered;
  }

  /** @throws NoClusterError if it cannot be reached. */
  async cluster(): Promise<Cluster> {
    const why = await this.unreachable();
    if (why !== undefined || this.target instanceof Error) throw new NoClusterError(why ?? "no kubeconfig");
    return this.target;
  }

  private async ask(): Promise<string | undefined> {
    if (this.target instanceof Error) return this.target.message;
    try {
      await this.target.client.json("/version");
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
