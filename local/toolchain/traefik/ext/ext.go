// Package ext stands in for a package of Traefik's own that its module does not hold: places where a derived product may add to the
// configuration. There is nothing to add.
package ext

// HTTP is added to the HTTP configuration.
type HTTP struct{}

// Router is added to each router.
type Router struct{}
