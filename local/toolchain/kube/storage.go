package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

const (
	selectedNode  = "volume.kubernetes.io/selected-node"
	provisionedBy = "pv.kubernetes.io/provisioned-by"
	storedBy      = "volume.kubernetes.io/storage-provisioner"

	// enforceSize is the parameter of a storage class by which its volumes hold no more than their claims ask for.
	enforceSize = "enforceSize"
)

// storage gives the claims of one node a folder each, as a `local` volume: unlike hostPath, those are given to the pod's group. A claim that
// grows has its folder's nominal size raised, and a volume that is released and not to be retained is deleted with its folder. Where the storage
// class wants sizes enforced the folder is on a disk of its own. Every node has its own such program, which leaves the others' volumes alone.
type storage struct {
	client      kubernetes.Interface
	claims      listers.PersistentVolumeClaimLister
	volumes     listers.PersistentVolumeLister
	provisioner string
	node        string
	directory   string
}

func newStorageCommand() *cobra.Command {
	var kubeconfig string
	s := &storage{}
	command := &cobra.Command{
		Use:   "storage",
		Short: "Provisions folders of this node as volumes",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
			if err != nil {
				return err
			}
			config.QPS, config.Burst = 100, 100
			if s.client, err = kubernetes.NewForConfig(config); err != nil {
				return err
			}
			return s.run(command.Context())
		},
	}
	flags := command.Flags()
	flags.StringVar(&kubeconfig, "kubeconfig", "", "file with the address and credentials of the API server")
	flags.StringVar(&s.provisioner, "provisioner", "", "name that storage classes call this by")
	flags.StringVar(&s.node, "node", "", "name of this node")
	flags.StringVar(&s.directory, "directory", "", "folder that the volumes are made in")
	return command
}

func (s *storage) run(ctx context.Context) error {
	factory := informers.NewSharedInformerFactory(s.client, 0)
	claims, volumes := factory.Core().V1().PersistentVolumeClaims(), factory.Core().V1().PersistentVolumes()
	s.claims, s.volumes = claims.Lister(), volumes.Lister()
	factory.Start(ctx.Done())
	return loop(ctx, s.reconcile, claims.Informer(), volumes.Informer())
}

func (s *storage) reconcile(ctx context.Context) error {
	claims, err := s.claims.List(labels.Everything())
	if err != nil {
		return err
	}
	volumes, err := s.volumes.List(labels.Everything())
	if err != nil {
		return err
	}
	var faults []error
	for _, claim := range claims {
		if claim.Annotations[storedBy] == s.provisioner {
			faults = append(faults, s.serve(ctx, claim))
		}
	}
	for _, volume := range volumes {
		if !s.owns(volume) {
			continue
		}
		disk := newDisk(s.directory, volume.Name)
		switch {
		case volume.Status.Phase == core.VolumeReleased && volume.Spec.PersistentVolumeReclaimPolicy == core.PersistentVolumeReclaimDelete:
			faults = append(faults, s.delete(ctx, volume))
		case disk.exists():
			faults = append(faults, disk.mount())
		}
	}
	return errors.Join(faults...)
}

// here is where this node's volumes are.
func (s *storage) here() *core.VolumeNodeAffinity {
	hostname := core.NodeSelectorRequirement{Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{s.node}}
	term := core.NodeSelectorTerm{MatchExpressions: []core.NodeSelectorRequirement{hostname}}
	return &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{term}}}
}

func (s *storage) owns(volume *core.PersistentVolume) bool {
	return volume.Annotations[provisionedBy] == s.provisioner && equality.Semantic.DeepEqual(volume.Spec.NodeAffinity, s.here())
}

func (s *storage) serve(ctx context.Context, claim *core.PersistentVolumeClaim) error {
	size := claim.Spec.Resources.Requests[core.ResourceStorage]
	switch {
	case claim.DeletionTimestamp != nil:
		return nil
	case claim.Spec.VolumeName == "" && claim.Annotations[selectedNode] == s.node:
		return s.provision(ctx, claim)
	case claim.Status.Phase == core.ClaimBound && size.Cmp(claim.Status.Capacity[core.ResourceStorage]) > 0:
		return s.grow(ctx, claim)
	}
	return nil
}

func (s *storage) provision(ctx context.Context, claim *core.PersistentVolumeClaim) error {
	class, err := s.client.StorageV1().StorageClasses().Get(ctx, *claim.Spec.StorageClassName, meta.GetOptions{})
	if err != nil {
		return err
	}
	name := fmt.Sprintf("pvc-%s", claim.UID)
	size := claim.Spec.Resources.Requests[core.ResourceStorage]
	folder, err := s.create(name, class.Parameters[enforceSize] == "true", size.Value())
	if err != nil {
		return err
	}
	volume := &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: s.provisioner}},
		Spec: core.PersistentVolumeSpec{
			Capacity:                      core.ResourceList{core.ResourceStorage: size},
			AccessModes:                   claim.Spec.AccessModes,
			StorageClassName:              class.Name,
			PersistentVolumeReclaimPolicy: *class.ReclaimPolicy,
			PersistentVolumeSource:        core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: folder}},
			NodeAffinity:                  s.here(),
			ClaimRef: &core.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
		},
	}
	_, err = s.client.CoreV1().PersistentVolumes().Create(ctx, volume, meta.CreateOptions{})
	if err == nil {
		klog.InfoS("Provisioned", "claim", klog.KObj(claim), "folder", folder)
	}
	return ignore(apierrors.IsAlreadyExists, err)
}

// create makes the folder of a volume.
func (s *storage) create(name string, enforceSize bool, size int64) (string, error) {
	if !enforceSize {
		folder := filepath.Join(s.directory, name)
		return folder, os.MkdirAll(folder, 0o755)
	}
	disk := newDisk(s.directory, name)
	return disk.contents(), disk.create(size)
}

func (s *storage) grow(ctx context.Context, claim *core.PersistentVolumeClaim) error {
	size := claim.Spec.Resources.Requests[core.ResourceStorage]
	volume, err := s.client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, meta.GetOptions{})
	if err != nil {
		return err
	}
	if !s.owns(volume) {
		return nil
	}
	if disk := newDisk(s.directory, volume.Name); disk.exists() {
		if err := disk.resize(size.Value()); err != nil {
			return err
		}
	}
	volume.Spec.Capacity = core.ResourceList{core.ResourceStorage: size}
	if _, err := s.client.CoreV1().PersistentVolumes().Update(ctx, volume, meta.UpdateOptions{}); err != nil {
		return err
	}
	grown := claim.DeepCopy()
	grown.Status.Capacity = core.ResourceList{core.ResourceStorage: size}
	_, err = s.client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, grown, meta.UpdateOptions{})
	if err == nil {
		klog.InfoS("Grown", "claim", klog.KObj(claim), "size", size.String())
	}
	return err
}

// delete forgets the volume only after its folder is gone, so that none is left behind.
func (s *storage) delete(ctx context.Context, volume *core.PersistentVolume) error {
	remove := func() error { return os.RemoveAll(volume.Spec.Local.Path) }
	if disk := newDisk(s.directory, volume.Name); disk.exists() {
		remove = disk.remove
	}
	if err := remove(); err != nil {
		return err
	}
	err := s.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, meta.DeleteOptions{})
	if err == nil {
		klog.InfoS("Deleted", "volume", klog.KObj(volume))
	}
	return ignore(apierrors.IsNotFound, err)
}

// ignore drops an error that only says that the listers, which lag behind, have not seen what was done before.
func ignore(expected func(error) bool, err error) error {
	if expected(err) {
		return nil
	}
	return err
}
