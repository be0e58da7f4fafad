package main

import (
	"fmt"
	"maps"
	"net/netip"
	"strings"

	core "k8s.io/api/core/v1"
)

// The annotations by which MetalLB lets Services choose an address, and share one.
const (
	requestedAddresses = "metallb.io/loadBalancerIPs"
	sharingKey         = "metallb.io/allow-shared-ip"
)

// pool knows which Services hold which address of a range. Its first and last address are given to nobody.
type pool struct {
	addresses netip.Prefix
	holders   map[netip.Addr][]*core.Service
}

func newPool(addresses netip.Prefix) *pool {
	return &pool{addresses: addresses.Masked(), holders: map[netip.Addr][]*core.Service{}}
}

// keep lets a Service have the address that its status names, if it still may and wants to.
func (p *pool) keep(service *core.Service) bool {
	address, held := addressOf(service)
	requested, isRequested, err := requestOf(service)
	if !held || err != nil || (isRequested && requested != address) || p.refusal(address, service) != nil {
		return false
	}
	p.holders[address] = append(p.holders[address], service)
	return true
}

// place gives a Service the address that it asks for, else one that it can share, else the first that nobody has.
func (p *pool) place(service *core.Service) (netip.Addr, error) {
	address, err := p.choose(service)
	if err == nil {
		p.holders[address] = append(p.holders[address], service)
	}
	return address, err
}

func (p *pool) choose(service *core.Service) (netip.Addr, error) {
	requested, isRequested, err := requestOf(service)
	if err != nil || isRequested {
		if err == nil {
			err = p.refusal(requested, service)
		}
		return requested, err
	}
	var free netip.Addr
	for address := p.addresses.Addr().Next(); p.contains(address); address = address.Next() {
		switch {
		case len(p.holders[address]) == 0 && !free.IsValid():
			free = address
		case len(p.holders[address]) > 0 && p.refusal(address, service) == nil:
			return address, nil
		}
	}
	if !free.IsValid() {
		return free, fmt.Errorf("no address of %s is free", p.addresses)
	}
	return free, nil
}

// refusal is why a Service can't have an address.
func (p *pool) refusal(address netip.Addr, service *core.Service) error {
	if !p.contains(address) {
		return fmt.Errorf("%s is no address of %s", address, p.addresses)
	}
	for _, holder := range p.holders[address] {
		if !mayShare(holder, service) {
			return fmt.Errorf("%s belongs to Service %s/%s", address, holder.Namespace, holder.Name)
		}
	}
	return nil
}

func (p *pool) contains(address netip.Addr) bool {
	return p.addresses.Contains(address) && address != p.addresses.Addr() && p.addresses.Contains(address.Next())
}

// mayShare has MetalLB's rules: the same key, no port in common, and either all nodes take the traffic or the same pods get it.
func mayShare(one, other *core.Service) bool {
	key := one.Annotations[sharingKey]
	if key == "" || key != other.Annotations[sharingKey] {
		return false
	}
	for _, port := range one.Spec.Ports {
		for _, another := range other.Spec.Ports {
			if port.Protocol == another.Protocol && port.Port == another.Port {
				return false
			}
		}
	}
	const anywhere = core.ServiceExternalTrafficPolicyCluster
	if one.Spec.ExternalTrafficPolicy == anywhere || other.Spec.ExternalTrafficPolicy == anywhere {
		return one.Spec.ExternalTrafficPolicy == other.Spec.ExternalTrafficPolicy
	}
	return maps.Equal(one.Spec.Selector, other.Spec.Selector)
}

// addressOf is the address that a Service's status names.
func addressOf(service *core.Service) (netip.Addr, bool) {
	ingress := service.Status.LoadBalancer.Ingress
	if len(ingress) != 1 {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(ingress[0].IP)
	return address, err == nil
}

// requestOf is the address that a Service asks for, if it does.
func requestOf(service *core.Service) (address netip.Addr, isRequested bool, err error) {
	text, isRequested := service.Annotations[requestedAddresses]
	if !isRequested {
		return address, false, nil
	}
	address, err = netip.ParseAddr(strings.TrimSpace(text))
	if err != nil {
		err = fmt.Errorf("annotation %s must be one address, not %q", requestedAddresses, text)
	}
	return address, true, err
}
