// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"context"
	"sync"
)

// inOrder does n pieces of work on several processors and hands the results on in their order, all at once that wait for
// their turn. No more than ahead of them are begun before the one that is awaited: memory does not grow with n.
func inOrder[T any](ctx context.Context, n, workers, ahead int, work func(context.Context, int) T, each func(first int, results []T) error) error {
	if n == 1 { // nothing to divide
		return each(0, []T{work(ctx, 0)})
	}
	ctx, stop := context.WithCancel(ctx)
	type result struct {
		at    int
		value T
	}
	begin, done := make(chan int), make(chan result, ahead)
	var running sync.WaitGroup
	for range min(workers, n) {
		running.Go(func() {
			for i := range begin {
				done <- result{i, work(ctx, i)}
			}
		})
	}
	defer func() {
		stop()
		close(begin)
		running.Wait()
	}()
	waiting := make(map[int]T, ahead)
	next, started, active := 0, 0, 0
	for next < n {
		var to chan int // nil, and so never ready, while too many are ahead
		if started < n && started-next < ahead && ctx.Err() == nil {
			to = begin
		}
		if to == nil && active == 0 {
			return ctx.Err()
		}
		select {
		case to <- started:
			started++
			active++
			continue
		case r := <-done:
			active--
			waiting[r.at] = r.value
		}
		var ready []T
		for first := next; ; next++ {
			value, ok := waiting[next]
			if !ok {
				if len(ready) > 0 {
					if err := each(first, ready); err != nil {
						return err
					}
				}
				break
			}
			delete(waiting, next)
			ready = append(ready, value)
		}
	}
	return nil
}

// room is a bound on what several workers hold at a time, in octets.
type room struct {
	mu    sync.Mutex
	freed sync.Cond
	left  int64
	size  int64
}

func newRoom(size int64) *room {
	r := &room{left: size, size: size}
	r.freed.L = &r.mu
	return r
}

// take waits until there is room and returns what gives it back. What is larger than all of it waits until it is alone.
func (r *room) take(n int64) (release func()) {
	n = min(n, r.size)
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.left < n {
		r.freed.Wait()
	}
	r.left -= n
	return func() {
		r.mu.Lock()
		r.left += n
		r.mu.Unlock()
		r.freed.Broadcast()
	}
}
