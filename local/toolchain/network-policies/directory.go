package main

import (
	"context"
	"net/netip"

	core "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/kube-network-policies/pkg/api"
)

// ranges are the addresses that pods have.
type ranges struct {
	node, cluster netip.Prefix
}

// party is who has an address: a pod, somebody outside of the cluster, or a pod that is not known yet.
type party struct {
	pod *api.PodInfo
	// here says whether this node is the one that judges for it.
	here  bool
	known bool
}

// directory knows who has which address. The API server says so late: a kubelet reports a pod's address when its containers run already, and an
// address that a node has given anew is for a moment still that of the pod before. Therefore the node's own pods are asked of those who gave
// them their addresses, before any container could use them.
type directory struct {
	ranges     ranges
	sandboxes  *sandboxes
	pods       cache.Indexer
	namespaces listers.NamespaceLister
}

const byAddress = "address"

func newDirectory(factory informers.SharedInformerFactory, sandboxes *sandboxes, ranges ranges) (*directory, error) {
	pods, namespaces := factory.Core().V1().Pods().Informer(), factory.Core().V1().Namespaces()
	err := pods.AddIndexers(cache.Indexers{byAddress: func(object any) ([]string, error) {
		pod := object.(*core.Pod)
		ended := pod.Status.Phase == core.PodSucceeded || pod.Status.Phase == core.PodFailed
		if ended || pod.Spec.HostNetwork || pod.Status.PodIP == "" {
			return nil, nil
		}
		return []string{pod.Status.PodIP}, nil
	}})
	return &directory{ranges: ranges, sandboxes: sandboxes, pods: pods.GetIndexer(), namespaces: namespaces.Lister()}, err
}

func (d *directory) find(ctx context.Context, address netip.Addr) party {
	switch {
	case d.ranges.node.Contains(address):
		pod := d.podHere(ctx, address)
		return party{pod: pod, here: true, known: pod != nil}
	case d.ranges.cluster.Contains(address):
		pod := d.podElsewhere(address)
		return party{pod: pod, known: pod != nil}
	}
	return party{known: true}
}

// podHere is nil until the pod that runs in an address's sandbox is known, and not another of the same name.
func (d *directory) podHere(ctx context.Context, address netip.Addr) *api.PodInfo {
	sandbox := d.sandboxes.of(ctx, address)
	if sandbox == nil {
		return nil
	}
	object, exists, err := d.pods.GetByKey(cache.NewObjectName(sandbox.Namespace, sandbox.Name).String())
	if err != nil || !exists || string(object.(*core.Pod).UID) != sandbox.Uid {
		return nil
	}
	return d.info(object.(*core.Pod))
}

func (d *directory) podElsewhere(address netip.Addr) *api.PodInfo {
	objects, err := d.pods.ByIndex(byAddress, address.String())
	if err != nil || len(objects) != 1 {
		return nil
	}
	return d.info(objects[0].(*core.Pod))
}

// info is nil while the pod's namespace is not known.
func (d *directory) info(pod *core.Pod) *api.PodInfo {
	namespace, err := d.namespaces.Get(pod.Namespace)
	if err != nil {
		return nil
	}
	return api.NewPodInfo(pod, namespace.Labels, nil, "")
}
