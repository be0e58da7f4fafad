package main

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// sandboxes knows which pod's sandbox has which of this node's addresses: host-local, which gives them, notes the sandbox's id in a file that is
// named like the address, and the runtime knows the sandbox by its id.
type sandboxes struct {
	allocations string
	runtime     runtime.RuntimeServiceClient

	mutex  sync.Mutex
	recent map[netip.Addr]sandbox
}

type sandbox struct {
	id  string
	pod *runtime.PodSandboxMetadata
}

func newSandboxes(allocations, address string) (*sandboxes, error) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	return &sandboxes{
		allocations: allocations,
		runtime:     runtime.NewRuntimeServiceClient(connection),
		recent:      map[netip.Addr]sandbox{},
	}, nil
}

// of is nil when nobody has the address, or its sandbox is not there yet.
func (s *sandboxes) of(ctx context.Context, address netip.Addr) *runtime.PodSandboxMetadata {
	note, err := os.ReadFile(filepath.Join(s.allocations, address.String()))
	if err != nil {
		return nil
	}
	id, _, _ := strings.Cut(strings.TrimSpace(string(note)), "\r\n")
	s.mutex.Lock()
	known := s.recent[address]
	s.mutex.Unlock()
	if known.id == id {
		return known.pod
	}
	answer, err := s.runtime.PodSandboxStatus(ctx, &runtime.PodSandboxStatusRequest{PodSandboxId: id})
	if err != nil {
		return nil
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.recent[address] = sandbox{id: id, pod: answer.Status.Metadata}
	return answer.Status.Metadata
}
