package main

import (
	"context"
	"net/netip"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

const (
	// patience is how long a packet waits for its pods to be known. Kubelets say within seconds which address a new pod has.
	patience = 5 * time.Second
	// interval is how often a waiting packet is judged anew.
	interval = 5 * time.Millisecond
)

// judge knows the policies. It speaks for this node's pods only: a packet from one node to another is judged on both.
type judge struct {
	policies  *networkpolicy.StandardNetworkPolicy
	directory *directory
	synced    []cache.InformerSynced
}

func newJudge(node string, factory informers.SharedInformerFactory, directory *directory) *judge {
	pods, namespaces, policies := factory.Core().V1().Pods(), factory.Core().V1().Namespaces(), factory.Networking().V1().NetworkPolicies()
	judge := &judge{
		policies:  networkpolicy.NewStandardNetworkPolicy(node, namespaces, pods, policies),
		directory: directory,
	}
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		judge.synced = append(judge.synced, informer.HasSynced)
	}
	return judge
}

type opinion int

const (
	// unsure is an opinion that may change as soon as more is known of the packet's pods.
	unsure opinion = iota
	denied
	allowed
)

// allows decides on a packet, if need be once its pods are known. A packet whose pods stay unknown is not allowed.
func (j *judge) allows(ctx context.Context, packet *network.Packet, toNode bool) bool {
	for start := time.Now(); ; time.Sleep(interval) {
		opinion := j.opinion(ctx, packet, toNode)
		if opinion == allowed {
			return true
		}
		if opinion == denied || time.Since(start) > patience {
			klog.InfoS("Denied", "source", packet.SrcIP, "destination", packet.DstIP, "port", packet.DstPort, "protocol", packet.Proto,
				"known", opinion == denied)
			return false
		}
	}
}

func (j *judge) opinion(ctx context.Context, packet *network.Packet, toNode bool) opinion {
	for _, synced := range j.synced {
		if !synced() {
			return unsure
		}
	}
	source, destination := j.directory.find(ctx, addressOf(packet.SrcIP)), party{known: true}
	if !toNode {
		destination = j.directory.find(ctx, addressOf(packet.DstIP))
	}
	// A pod can't be kept from itself.
	if packet.SrcIP.Equal(packet.DstIP) {
		return allowed
	}
	egress := j.oneWay(ctx, j.policies.EvaluateEgress, packet, source, destination, source)
	if egress != allowed {
		return egress
	}
	return j.oneWay(ctx, j.policies.EvaluateIngress, packet, source, destination, destination)
}

type evaluate func(ctx context.Context, packet *network.Packet, source, destination *api.PodInfo) (api.Verdict, error)

// oneWay is the opinion from the point of view of one of a packet's parties. Policies only ever allow, so what is allowed to a stranger stays
// so once it is known who that is.
func (j *judge) oneWay(ctx context.Context, evaluate evaluate, packet *network.Packet, source, destination, concerned party) opinion {
	if !concerned.here {
		return allowed
	}
	if !concerned.known {
		return unsure
	}
	verdict, err := evaluate(ctx, packet, source.pod, destination.pod)
	switch {
	case err != nil:
		klog.ErrorS(err, "Cannot be judged", "packet", packet)
		return denied
	case verdict != api.VerdictDeny:
		return allowed
	case source.known && destination.known:
		return denied
	}
	return unsure
}

func addressOf(ip []byte) netip.Addr {
	address, _ := netip.AddrFromSlice(ip)
	return address.Unmap()
}
