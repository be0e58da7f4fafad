package main

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
)

// addresses gives Services of type LoadBalancer an address each. Who has which is in their status and nowhere else, so it outlives this
// process, and goes with the Service. Packets get there because the range is routed to this node, where kube-proxy takes them, unless they are
// for another (announcer.go).
type addresses struct {
	client   kubernetes.Interface
	services listers.ServiceLister
	events   record.EventRecorder
	// class is the loadBalancerClass of Services that are meant for this node alone; those without a class are served too.
	class string
	pool  netip.Prefix
	// node is the name of this one.
	node string
}

func newAddressesCommand() *cobra.Command {
	var kubeconfig, pool string
	a := &addresses{}
	command := &cobra.Command{
		Use:   "addresses",
		Short: "Gives Services of type LoadBalancer an address of this node's range",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return err
			}
			if a.pool, err = netip.ParsePrefix(pool); err != nil {
				return err
			}
			if a.client, err = kubernetes.NewForConfig(config); err != nil {
				return err
			}
			return a.run(command.Context())
		},
	}
	flags := command.Flags()
	flags.StringVar(&kubeconfig, "kubeconfig", "", "file with the address and credentials of the API server")
	flags.StringVar(&a.class, "class", "", "loadBalancerClass that this is called by")
	flags.StringVar(&pool, "range", "", "addresses to give, in CIDR notation")
	flags.StringVar(&a.node, "node", "", "name of this node, which the addresses are routed to")
	return command
}

func (a *addresses) run(ctx context.Context) error {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	broadcaster.StartRecordingToSink(&typedcore.EventSinkImpl{Interface: a.client.CoreV1().Events("")})
	a.events = broadcaster.NewRecorder(scheme.Scheme, core.EventSource{Component: "addresses"})

	factory := informers.NewSharedInformerFactory(a.client, 0)
	services := factory.Core().V1().Services()
	a.services = services.Lister()
	announcer := newAnnouncer(factory, a.node, a.pool)
	factory.Start(ctx.Done())
	failed := make(chan error)
	go func() { failed <- announcer.run(ctx) }()
	go func() { failed <- loop(ctx, a.reconcile, services.Informer()) }()
	return <-failed
}

// reconcile lets everybody keep what they have before anybody gets something, the oldest first. What the lister shows may be old; then the
// API server refuses the write, and this starts over.
func (a *addresses) reconcile(ctx context.Context) error {
	services, err := a.services.List(labels.Everything())
	if err != nil {
		return err
	}
	slices.SortFunc(services, func(one, other *core.Service) int {
		age := one.CreationTimestamp.Time.Compare(other.CreationTimestamp.Time)
		return cmp.Or(age, cmp.Compare(one.UID, other.UID))
	})
	pool := newPool(a.pool)
	var waiting []*core.Service
	var faults []error
	for _, service := range services {
		switch {
		case service.Spec.Type != core.ServiceTypeLoadBalancer:
			faults = append(faults, a.takeBack(ctx, service))
		case a.serves(service) && !pool.keep(service) && service.DeletionTimestamp == nil:
			waiting = append(waiting, service)
		}
	}
	for _, service := range waiting {
		faults = append(faults, a.give(ctx, pool, service))
	}
	return errors.Join(faults...)
}

func (a *addresses) serves(service *core.Service) bool {
	return service.Spec.LoadBalancerClass == nil || *service.Spec.LoadBalancerClass == a.class
}

// give says on the Service why it gets none; whatever could change that brings reconcile about.
func (a *addresses) give(ctx context.Context, pool *pool, service *core.Service) error {
	address, err := pool.place(service)
	if err != nil {
		a.events.Event(service, core.EventTypeWarning, "NoAddress", err.Error())
		return a.write(ctx, service, nil)
	}
	return a.write(ctx, service, []core.LoadBalancerIngress{{IP: address.String()}})
}

// takeBack clears the status of a Service that was a load balancer before.
func (a *addresses) takeBack(ctx context.Context, service *core.Service) error {
	if address, held := addressOf(service); !held || !a.pool.Contains(address) {
		return nil
	}
	return a.write(ctx, service, nil)
}

func (a *addresses) write(ctx context.Context, service *core.Service, ingress []core.LoadBalancerIngress) error {
	if len(ingress) == 0 && len(service.Status.LoadBalancer.Ingress) == 0 {
		return nil
	}
	updated := service.DeepCopy()
	updated.Status.LoadBalancer.Ingress = ingress
	_, err := a.client.CoreV1().Services(service.Namespace).UpdateStatus(ctx, updated, meta.UpdateOptions{})
	if err == nil {
		klog.InfoS("Assigned", "service", klog.KObj(service), "addresses", ingress)
	}
	return err
}
