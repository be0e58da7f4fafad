// network-policies enforces NetworkPolicies for the pods of one node: the kernel queues the first packet of every connection from or to a pod,
// and waits for the verdict. What belongs to a connection that was allowed never comes here.
package main

import (
	"context"
	"errors"
	"flag"
	"net/netip"
	"os/signal"
	"syscall"

	"github.com/florianl/go-nfqueue/v2"
	"github.com/mdlayher/netlink"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/kube-network-policies/pkg/network"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "file with the address and credentials of the API server")
	node := flag.String("node", "", "name of this node")
	queue := flag.Uint("queue", 0, "number of the NFQUEUE that packets wait in")
	pods := ranges{}
	flag.TextVar(&pods.node, "pods", netip.Prefix{}, "addresses of this node's pods")
	flag.TextVar(&pods.cluster, "cluster-pods", netip.Prefix{}, "addresses of all nodes' pods")
	allocations := flag.String("allocations", "", "folder in which the CNI plugin host-local keeps who has which address")
	runtime := flag.String("runtime", "", "address of the CRI runtime")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	exitOn(err)
	client, err := kubernetes.NewForConfig(config)
	exitOn(err)
	sandboxes, err := newSandboxes(*allocations, *runtime)
	exitOn(err)
	factory := informers.NewSharedInformerFactory(client, 0)
	directory, err := newDirectory(factory, sandboxes, pods)
	exitOn(err)
	judge := newJudge(*node, factory, directory)
	factory.Start(ctx.Done())
	exitOn(serve(ctx, uint16(*queue), judge))
	<-ctx.Done()
}

// serve gives every packet of the queue its verdict. Those that can't be judged yet wait, and hold up no other.
func serve(ctx context.Context, number uint16, judge *judge) error {
	queue, err := nfqueue.Open(&nfqueue.Config{
		NfQueue:      number,
		MaxQueueLen:  4096,
		MaxPacketLen: 128, // the headers
		Copymode:     nfqueue.NfQnlCopyPacket,
		Flags:        nfqueue.NfQaCfgFlagGSO,
	})
	if err != nil {
		return err
	}
	// When too many come at once the kernel drops the rest, which are sent again; there is nothing to do about it here.
	if err := queue.SetOption(netlink.NoENOBUFS, true); err != nil {
		return err
	}
	each := func(attribute nfqueue.Attribute) int {
		packet, err := network.ParsePacket(*attribute.Payload)
		if err != nil {
			klog.ErrorS(err, "Dropped what is no packet")
			exitOn(queue.SetVerdict(*attribute.PacketID, nfqueue.NfDrop))
			return 0
		}
		go func() {
			verdict := nfqueue.NfDrop
			if judge.allows(ctx, &packet, *attribute.Hook == localIn) {
				verdict = nfqueue.NfAccept
			}
			exitOn(queue.SetVerdict(*attribute.PacketID, verdict))
		}()
		return 0
	}
	failed := func(err error) int {
		switch {
		case ctx.Err() != nil:
			return 1
		case errors.Is(err, syscall.ENOENT):
			// The packet has gone with the cable of its pod, before its verdict came.
			return 0
		}
		exitOn(err)
		return 1
	}
	return queue.RegisterWithErrorFunc(ctx, each, failed)
}

// localIn is the hook of packets that are for the node itself (NF_INET_LOCAL_IN).
const localIn = 1

// exitOn ends the program, which the node's status shows: without it nothing is allowed.
func exitOn(err error) {
	if err != nil {
		klog.ErrorS(err, "Cannot go on")
		klog.FlushAndExit(klog.ExitFlushTimeout, 1)
	}
}
