package main

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	listers "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"
)

// announcer brings what is for a Service of externalTrafficPolicy Local to a worker that has an endpoint of it, as MetalLB does by answering ARP
// requests from there. All addresses are routed to this node; frames that another worker is to have go on to it as they come, before anything
// here looks into them. So that one sees who sent them, and answers without a detour.
type announcer struct {
	services  listers.ServiceLister
	slices    discoverylisters.EndpointSliceLister
	nodes     listers.NodeLister
	informers []cache.SharedIndexInformer
	// node is the name of this one.
	node string
	pool netip.Prefix
	// rules are those that the kernel has: none at first, as it forgets them with the node's network namespace.
	rules []string
}

func newAnnouncer(factory informers.SharedInformerFactory, node string, pool netip.Prefix) *announcer {
	services, nodes := factory.Core().V1().Services(), factory.Core().V1().Nodes()
	endpoints := factory.Discovery().V1().EndpointSlices()
	return &announcer{
		services:  services.Lister(),
		slices:    endpoints.Lister(),
		nodes:     nodes.Lister(),
		informers: []cache.SharedIndexInformer{services.Informer(), nodes.Informer(), endpoints.Informer()},
		node:      node,
		pool:      pool,
	}
}

func (a *announcer) run(ctx context.Context) error {
	return loop(ctx, a.reconcile, a.informers...)
}

func (a *announcer) reconcile(context.Context) error {
	elsewhere, err := a.elsewhere()
	if err != nil {
		return err
	}
	rules, err := a.rulesFor(elsewhere)
	if err != nil || slices.Equal(rules, a.rules) {
		return err
	}
	if err := run("nft", ruleset(rules)); err != nil {
		return err
	}
	a.rules = rules
	klog.InfoS("Announced", "elsewhere", elsewhere)
	return nil
}

// elsewhere are the addresses that other workers are to have, by the workers' names.
func (a *announcer) elsewhere() (map[string][]string, error) {
	services, err := a.services.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	elsewhere := map[string][]string{}
	for _, service := range services {
		address, held := addressOf(service)
		if !held || !a.pool.Contains(address) || service.Spec.ExternalTrafficPolicy != core.ServiceExternalTrafficPolicyLocal {
			continue
		}
		worker, err := a.workerOf(service)
		if err != nil {
			return nil, err
		}
		if worker != a.node {
			elsewhere[worker] = append(elsewhere[worker], address.String())
		}
	}
	return elsewhere, nil
}

// workerOf is this node unless only others have endpoints; then the first of those. As for kube-proxy, endpoints that are about to end count
// where there are no others.
func (a *announcer) workerOf(service *core.Service) (string, error) {
	ofService := labels.SelectorFromSet(labels.Set{discovery.LabelServiceName: service.Name})
	endpointSlices, err := a.slices.EndpointSlices(service.Namespace).List(ofService)
	if err != nil {
		return "", err
	}
	var ready, ending []string
	for _, slice := range endpointSlices {
		for _, endpoint := range slice.Endpoints {
			worker := ptr.Deref(endpoint.NodeName, a.node)
			switch {
			case ptr.Deref(endpoint.Conditions.Ready, true):
				ready = append(ready, worker)
			case ptr.Deref(endpoint.Conditions.Serving, false):
				ending = append(ending, worker)
			}
		}
	}
	workers := ready
	if len(workers) == 0 {
		workers = ending
	}
	if len(workers) == 0 || slices.Contains(workers, a.node) {
		return a.node, nil
	}
	return slices.Min(workers), nil
}

// rulesFor send frames on. What comes from the worker that they would go to is of no use to it: other ports of the address.
func (a *announcer) rulesFor(elsewhere map[string][]string) ([]string, error) {
	var rules []string
	for _, worker := range slices.Sorted(maps.Keys(elsewhere)) {
		here, err := a.linkAddressOf(a.node)
		if err != nil {
			return nil, err
		}
		there, err := a.linkAddressOf(worker)
		if err != nil {
			return nil, err
		}
		slices.Sort(elsewhere[worker])
		addresses := strings.Join(slices.Compact(elsewhere[worker]), ", ")
		rules = append(rules, fmt.Sprintf(
			`ether saddr != %s ip daddr { %s } ether daddr set %s ether saddr set %s fwd to "eth0"`, there, addresses, there, here))
	}
	return rules, nil
}

// linkAddressOf follows from a node's address, as local/node/network.ts has it.
func (a *announcer) linkAddressOf(name string) (string, error) {
	node, err := a.nodes.Get(name)
	if err != nil {
		return "", err
	}
	for _, address := range node.Status.Addresses {
		if ip, err := netip.ParseAddr(address.Address); err == nil && address.Type == core.NodeInternalIP {
			return fmt.Sprintf("02:00:%02x:%02x:%02x:%02x", ip.As4()[0], ip.As4()[1], ip.As4()[2], ip.As4()[3]), nil
		}
	}
	return "", fmt.Errorf("node %s has no address yet", name)
}

// ruleset replaces the rules of before, at once.
func ruleset(rules []string) string {
	return fmt.Sprintf(`
		add table netdev announcer
		delete table netdev announcer
		table netdev announcer {
			chain ingress {
				type filter hook ingress device "eth0" priority filter;
				%s
			}
		}
	`, strings.Join(rules, "\n"))
}
