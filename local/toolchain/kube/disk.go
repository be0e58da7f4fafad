package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// disk is a file system of a fixed size that lives in a file: filling it up fills nothing else. It is mounted for as long as the node runs.
// XFS, because ext4 can only be grown while it is in use where root may exceed limits of resources, which not every machine lets it.
type disk struct {
	file, folder string
}

func newDisk(directory, name string) disk {
	return disk{file: filepath.Join(directory, name+".xfs"), folder: filepath.Join(directory, name)}
}

// contents is where its files go: below its root, so that nothing is there while it is not mounted, and nobody takes that for an empty volume.
func (d disk) contents() string {
	return filepath.Join(d.folder, "contents")
}

func (d disk) exists() bool {
	_, err := os.Stat(d.file)
	return err == nil
}

// create makes and mounts a disk, or what an earlier try has left undone of it.
func (d disk) create(size int64) error {
	if !d.exists() {
		unfinished := d.file + ".new"
		if err := os.MkdirAll(filepath.Dir(d.file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(unfinished, nil, 0o600); err != nil {
			return err
		}
		if err := os.Truncate(unfinished, size); err != nil {
			return err
		}
		// It may be smaller than what people should use: it is here to be filled up.
		if err := run("mkfs.xfs", "-q", "--unsupported", unfinished); err != nil {
			return err
		}
		if err := os.Rename(unfinished, d.file); err != nil {
			return err
		}
	}
	if err := d.mount(); err != nil {
		return err
	}
	return os.MkdirAll(d.contents(), 0o755)
}

// mount does nothing to a disk that is mounted.
func (d disk) mount() error {
	if device, err := d.device(); device != "" || err != nil {
		return err
	}
	if err := os.MkdirAll(d.folder, 0o755); err != nil {
		return err
	}
	return run("mount", "-o", "loop", d.file, d.folder)
}

// resize makes a mounted disk larger, under those who use it.
func (d disk) resize(size int64) error {
	device, err := d.device()
	if err != nil || device == "" {
		return errors.Join(err, d.mount(), fmt.Errorf("%s was not mounted", d.folder))
	}
	if err := os.Truncate(d.file, size); err != nil {
		return err
	}
	if err := run("losetup", "--set-capacity", device); err != nil {
		return err
	}
	return run("xfs_growfs", d.folder)
}

func (d disk) remove() error {
	device, err := d.device()
	if err != nil {
		return err
	}
	if device != "" {
		if err := run("umount", d.folder); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(d.folder); err != nil {
		return err
	}
	return os.Remove(d.file)
}

// device is the loop device that is mounted, or empty if none is. The kernel gives it back when it is unmounted.
func (d disk) device() (string, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[1] == d.folder {
			return fields[0], nil
		}
	}
	return "", err
}

func run(program string, args ...string) error {
	output, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
