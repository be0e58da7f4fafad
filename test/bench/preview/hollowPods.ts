import { CoreV1Api, type Informer, type KubeConfig, makeInformer, type V1Pod } from "@kubernetes/client-node";

/** Settings of a workload whose pods no node takes. */
export const nowhere = { nodeSelector: { "kubernetes.io/hostname": "nowhere" } };

/**
 * Says of every pod of a namespace that it is ready, as a kubelet would, though it runs nowhere: a hundred peers don't fit on a machine, but
 * what Kubernetes and Pulumi keep of them does.
 */
export async function hollowPods(config: KubeConfig, namespace: string): Promise<Informer<V1Pod>> {
  const core = config.makeApiClient(CoreV1Api);
  const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/pods`, () =>
    core.listNamespacedPod({ namespace }),
  );
  informer.on("add", ({ metadata }) => {
    const ready = { type: "Ready", status: "True", lastTransitionTime: new Date().toISOString() };
    const body = [
      { op: "replace", path: "/status/phase", value: "Running" },
      { op: "add", path: "/status/conditions", value: [ready] },
    ];
    // A pod that is gone again needs to be nothing.
    core.patchNamespacedPodStatus({ name: metadata?.name ?? "", namespace, body }).catch(() => {});
  });
  await informer.start();
  return informer;
}
