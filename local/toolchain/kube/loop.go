package main

import (
	"context"

	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
)

// loop calls reconcile, once informers know everything, whenever anything changes of what they watch, and again a while after it has failed.
// It is to look at everything each time: this cluster has little.
func loop(ctx context.Context, reconcile func(context.Context) error, informers ...cache.SharedIndexInformer) error {
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	changed := func() { queue.Add("") }
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { changed() },
		UpdateFunc: func(any, any) { changed() },
		DeleteFunc: func(any) { changed() },
	}
	for _, informer := range informers {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
		cache.WaitForCacheSync(ctx.Done(), informer.HasSynced)
	}
	for {
		key, _ := queue.Get()
		if err := reconcile(ctx); err != nil {
			klog.ErrorS(err, "Trying again")
			queue.AddRateLimited(key)
		} else {
			queue.Forget(key)
		}
		queue.Done(key)
	}
}
